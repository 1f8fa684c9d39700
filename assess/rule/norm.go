package rule

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"
)

// A Norm brings the points of the units of a class to one scale, so that large
// and small units can be compared.
//
//	max       Weight × x ÷ the most of any (N4)
//	p90       Weight × x ÷ what nine in ten do not exceed, at most Weight (N4)
//	rank      Weight × (1 − (place − 1) ÷ (units − 1) × Spread) (N5)
//	z         80 + 10 × (x − mean) ÷ deviation, from 60 to 100, of 100 parts of Weight (N6)
//	per_head  x ÷ √staff, relative to the best where there is a weight (N7)
//
// A unit without a number of staff counts as one person.
type Norm struct {
	Method string           `json:"method" enum:"max,p90,rank,z,per_head"`
	Weight *decimal.Decimal `json:"weight,omitempty" pattern:"^[0-9]{1,6}([.][0-9]{1,4})?$"` // 100 if missing, none for per_head
	Spread *decimal.Decimal `json:"spread,omitempty" pattern:"^(0([.][0-9]{1,4})?|1)$"`      // of rank; 0.5 if missing
}

// A Normal is a rule whose points are brought to one scale within the class.
type Normal struct {
	PerItem
	Norm Norm
}

// Score implements Rule with one line, whose points are still to be compared.
func (r Normal) Score(facts []Fact) []Line {
	free := r.PerItem
	free.Cap = nil
	l := free.Score(facts)[0]
	l.Value = l.Before
	return []Line{l}
}

// Compare implements Comparing.
func (r Normal) Compare(of []Compared) {
	values, staff := make([]decimal.Decimal, len(of)), make([]int, len(of))
	for i, c := range of {
		values[i], staff[i] = c.Line.Value, c.Staff
	}
	for i, s := range r.Norm.Scale(values, staff) {
		l := of[i].Line
		l.Points = least(s.Points, r.Cap)
		l.Formula += "；" + s.Formula
		if !l.Points.Equal(s.Points) {
			l.Formula += fmt.Sprintf("，最高 %s 分", r.Cap)
		}
	}
}

// A Scaled is a value on the scale, and how it came there.
type Scaled struct {
	Points  decimal.Decimal
	Formula string
}

// Scale brings the values of the units of a class to one scale. Sixteen places
// are kept.
func (n Norm) Scale(values []decimal.Decimal, staff []int) []Scaled {
	out := make([]Scaled, len(values))
	for i := range out {
		out[i].Points = decimal.Zero
	}
	if len(values) == 0 {
		return out
	}
	switch n.Method {
	case "max":
		n.relative(values, slices.MaxFunc(values, decimal.Decimal.Cmp), "本类最高", out)
	case "p90":
		in := slices.Clone(values)
		slices.SortFunc(in, decimal.Decimal.Cmp)
		n.relative(values, in[(9*len(in)+9)/10-1], "本类九成位", out)
	case "rank":
		n.ranked(values, out)
	case "z":
		n.z(values, out)
	case "per_head":
		n.perHead(values, staff, out)
	}
	return out
}

func (n Norm) weight() decimal.Decimal {
	if n.Weight == nil {
		return decimal.NewFromInt(100)
	}
	return *n.Weight
}

func (n Norm) relative(values []decimal.Decimal, to decimal.Decimal, name string, out []Scaled) {
	w := n.weight()
	for i, v := range values {
		if !to.IsPositive() {
			out[i].Formula = name + " 0，计 0 分"
			continue
		}
		out[i].Points = decimal.Max(decimal.Min(w.Mul(v).DivRound(to, 16), w), decimal.Zero)
		out[i].Formula = fmt.Sprintf("%s × %s ÷ %s（%s）= %s 分", w, v, to, name, out[i].Points)
	}
}

func (n Norm) ranked(values []decimal.Decimal, out []Scaled) {
	spread := decimal.New(5, -1)
	if n.Spread != nil {
		spread = *n.Spread
	}
	for i, place := range placesOf(values, false) {
		out[i].Points = byPlace(n.weight(), spread, place, len(values))
		out[i].Formula = fmt.Sprintf("本类 %d 个单位中第 %d，折 %s 分", len(values), place, out[i].Points)
	}
}

func (n Norm) z(values []decimal.Decimal, out []Scaled) {
	count := whole(len(values))
	total := decimal.Sum(decimal.Zero, values...)
	mean := total.DivRound(count, 16)
	squares := decimal.Zero
	for _, v := range values {
		squares = squares.Add(v.Sub(mean).Mul(v.Sub(mean)))
	}
	dev := root(squares.DivRound(count, 16))
	for i, v := range values {
		z := decimal.NewFromInt(80)
		if dev.IsPositive() {
			z = z.Add(v.Sub(mean).Mul(decimal.NewFromInt(10)).DivRound(dev, 16))
		}
		z = decimal.Max(decimal.Min(z, decimal.NewFromInt(100)), decimal.NewFromInt(60))
		out[i].Points = z.Mul(n.weight()).DivRound(decimal.NewFromInt(100), 16)
		out[i].Formula = fmt.Sprintf("均值 %s、标准差 %s，标准分 %s，折 %s 分", mean.Round(4), dev.Round(4), z.Round(4), out[i].Points)
	}
}

func (n Norm) perHead(values []decimal.Decimal, staff []int, out []Scaled) {
	each := make([]decimal.Decimal, len(values))
	for i, v := range values {
		each[i] = v.DivRound(root(whole(max(staff[i], 1))), 16)
	}
	if n.Weight != nil {
		n.relative(each, slices.MaxFunc(each, decimal.Decimal.Cmp), "本类人均最高", out)
	}
	for i, v := range values {
		how := fmt.Sprintf("%s ÷ √%d = %s", v, max(staff[i], 1), each[i])
		if n.Weight == nil {
			out[i] = Scaled{each[i], how + " 分"}
			continue
		}
		out[i].Formula = how + "；" + out[i].Formula
	}
}

// root returns the square root of d, which is not negative, to sixteen places,
// cut off: the same on every machine.
func root(d decimal.Decimal) decimal.Decimal {
	scaled := d.Shift(32).Truncate(0).BigInt()
	return decimal.NewFromBigInt(new(big.Int).Sqrt(scaled), -16)
}
