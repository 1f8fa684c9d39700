package rule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
	"github.com/shopspring/decimal"
)

// maxExpression is how many characters an expression may have.
const maxExpression = 500

// What an expression may be wrong in.
const (
	BadSyntax = "syntax" // it cannot be read
	BadPart   = "part"   // something that has no place in it
	BadType   = "type"   // a condition where a number belongs, or the reverse
	BadNumber = "number" // a number with more than twelve digits or four places
	BadSize   = "size"   // it is too long
)

// An ExpressionError says what is wrong with an expression, and near which
// characters of it.
type ExpressionError struct {
	Kind string
	Near string
}

// Error implements error.
func (e *ExpressionError) Error() string { return "rule: expression: " + e.Kind + " near " + e.Near }

// An Expression is a formula people wrote, in the names of what is counted:
//
//	数量 数值 目标 基本分 人数 本级 上级   figures of the unit
//	级别("省级")                     how many of a level
//	信息采用, 得分("信息采用")         points another rule brought, by its name
//	+ − × ÷ > ≥ < ≤ == != and or not  numbers, conditions
//	若(条件, 甲, 乙) 最大(…) 最小(…) 取整(x) 四舍五入(x, 位) 绝对值(x)
//
// It has no loops, no lists, no text and no floats: numbers are exact decimals,
// of which sixteen places are kept.
type Expression struct {
	source  string
	program *vm.Program
	uses    []string // keys of values, in the order they appear
}

// Keys of the values of an expression that are not figures of the unit.
const (
	pointsKey = "得分 "
	levelKey  = "级别 "
)

// figureNames are the figures of a unit an expression may name, and the keys of
// their values.
var figureNames = map[string]string{"数量": "数量", "数值": "数值", "目标": "目标", "基本分": "基本分", "人数": "人数",
	"本级": levelKey + "own", "上级": levelKey + "upper"}

// Compile reads an expression. The error is an *ExpressionError.
func Compile(source string) (*Expression, error) {
	if utf8.RuneCountInString(source) > maxExpression {
		return nil, &ExpressionError{BadSize, ""}
	}
	r := reader{source: []rune(plain(source))}
	tree, err := parser.Parse(string(r.source))
	if err != nil {
		return nil, r.syntax(err)
	}
	root, is := r.read(tree.Node)
	if r.err == nil && is != number {
		r.fail(BadType, tree.Node)
	}
	if r.err != nil {
		return nil, r.err
	}
	tree.Node = root
	env := map[string]any{}
	for _, key := range r.uses {
		env[key] = decimal.Zero
	}
	c := conf.New(env)
	c.MaxNodes = 4 * maxExpression
	operators(c)
	if _, err := checker.Check(tree, c); err != nil {
		return nil, r.syntax(err)
	}
	program, err := compiler.Compile(tree, c)
	if err != nil {
		return nil, r.syntax(err)
	}
	return &Expression{strings.TrimSpace(source), program, r.uses}, nil
}

// Refs returns the names of the rules whose points the expression uses.
func (e *Expression) Refs() []string { return e.keys(pointsKey) }

// Levels returns the levels it asks for.
func (e *Expression) Levels() []string { return e.keys(levelKey) }

func (e *Expression) keys(prefix string) (all []string) {
	for _, k := range e.uses {
		if name, ok := strings.CutPrefix(k, prefix); ok {
			all = append(all, name)
		}
	}
	return all
}

// Uses reports whether the expression names a figure of the unit: 数量, 目标, ….
func (e *Expression) Uses(figure string) bool { return slices.Contains(e.uses, figureNames[figure]) }

// Counts reports whether it needs deeds to count.
func (e *Expression) Counts() bool {
	return e.Uses("数量") || e.Uses("数值") || len(e.Levels()) > 0
}

// eval works the expression out with a value for everything it uses.
func (e *Expression) eval(values map[string]any) (decimal.Decimal, error) {
	v := vm.VM{MemoryBudget: 10_000}
	out, err := v.Run(e.program, values)
	if err != nil {
		return decimal.Zero, err
	}
	d, ok := out.(decimal.Decimal)
	if !ok {
		return decimal.Zero, errNoNumber
	}
	return d, nil
}

// wide are the characters of Chinese writing that mean the same as those of the
// grammar.
var wide = map[rune]string{'（': "(", '）': ")", '，': ",", '＋': "+", '－': "-", '−': "-", '×': "*", '＊': "*", '÷': "/", '／': "/",
	'？': "?", '：': ":", '＞': ">", '＜': "<", '≥': ">=", '≤': "<=", '≠': "!=", '“': `"`, '”': `"`, '．': ".", '　': " "}

// plain writes the grammar's characters in a source as the grammar has them;
// what stands in quotes is left as it is.
func plain(source string) string {
	var b strings.Builder
	in := false
	for _, r := range source {
		w, ok := wide[r]
		switch {
		case r == '"' || w == `"`:
			in = !in
			b.WriteByte('"')
		case ok && !in:
			b.WriteString(w)
		case r >= '０' && r <= '９' && !in:
			b.WriteRune(r - '０' + '0')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// A sort is what a part of an expression is.
type sort int

const (
	number sort = iota
	condition
)

// A reader turns what was parsed into what is evaluated, and keeps the first
// thing wrong with it.
type reader struct {
	source []rune
	uses   []string
	err    *ExpressionError
}

func (r *reader) fail(kind string, n ast.Node) {
	if r.err == nil {
		r.err = &ExpressionError{kind, r.text(n.Location())}
	}
}

// text returns the source at a place, at most twenty characters of it.
func (r *reader) text(l file.Location) string {
	from := min(max(l.From, 0), len(r.source))
	to := min(max(l.To, from), from+20, len(r.source))
	return string(r.source[from:to])
}

// syntax says where the parser gave up.
func (r *reader) syntax(err error) *ExpressionError {
	e := &ExpressionError{Kind: BadSyntax}
	if f := new(file.Error); errors.As(err, &f) {
		e.Near = r.text(f.Location)
	}
	return e
}

// want reads a part that has to be of a sort.
func (r *reader) want(n ast.Node, sort sort) ast.Node {
	out, is := r.read(n)
	if is != sort {
		r.fail(BadType, n)
	}
	return out
}

// read returns a part as it is evaluated. Whatever it does not know has no
// place in an expression.
func (r *reader) read(n ast.Node) (ast.Node, sort) {
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return r.literal(n), number
	case *ast.IdentifierNode:
		key, ok := figureNames[n.Value]
		if !ok {
			key = pointsKey + n.Value
		}
		return r.value(key, n), number
	case *ast.UnaryNode:
		return r.unary(n)
	case *ast.BinaryNode:
		return r.binary(n)
	case *ast.ConditionalNode:
		return r.either(n, n.Cond, n.Exp1, n.Exp2)
	case *ast.CallNode:
		return r.call(n)
	}
	r.fail(BadPart, n)
	return n, number
}

var literalText = regexp.MustCompile(`^\d{1,12}(\.\d{1,4})?$`)

// literal is a number by the digits it was written with: no float comes near
// it.
func (r *reader) literal(n ast.Node) ast.Node {
	text := r.text(n.Location())
	if !literalText.MatchString(text) {
		r.fail(BadNumber, n)
		return n
	}
	return at(&ast.ConstantNode{Value: decimal.RequireFromString(text)}, n)
}

// value is what an expression is given under a key.
func (r *reader) value(key string, n ast.Node) ast.Node {
	if !slices.Contains(r.uses, key) {
		r.uses = append(r.uses, key)
	}
	return at(&ast.IdentifierNode{Value: key}, n)
}

func (r *reader) unary(n *ast.UnaryNode) (ast.Node, sort) {
	switch n.Operator {
	case "-":
		return at(apply("负", r.want(n.Node, number)), n), number
	case "+":
		return r.want(n.Node, number), number
	case "!", "not":
		return at(&ast.UnaryNode{Operator: "not", Node: r.want(n.Node, condition)}, n), condition
	}
	r.fail(BadPart, n)
	return n, number
}

func (r *reader) binary(n *ast.BinaryNode) (ast.Node, sort) {
	switch n.Operator {
	case "+", "-", "*", "/":
		return at(apply(n.Operator, r.want(n.Left, number), r.want(n.Right, number)), n), number
	case "<", "<=", ">", ">=", "==", "!=":
		return at(apply(n.Operator, r.want(n.Left, number), r.want(n.Right, number)), n), condition
	case "and", "&&", "or", "||":
		return at(&ast.BinaryNode{Operator: n.Operator, Left: r.want(n.Left, condition), Right: r.want(n.Right, condition)}, n), condition
	}
	r.fail(BadPart, n)
	return n, number
}

func (r *reader) either(n, cond, yes, no ast.Node) (ast.Node, sort) {
	c := r.want(cond, condition)
	a, is := r.read(yes)
	return at(&ast.ConditionalNode{Cond: c, Exp1: a, Exp2: r.want(no, is)}, n), is
}

// call reads a call of one of the functions there are.
func (r *reader) call(n *ast.CallNode) (ast.Node, sort) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		r.fail(BadPart, n)
		return n, number
	}
	args := n.Arguments
	switch name := callee.Value; {
	case name == "若" && len(args) == 3:
		return r.either(n, args[0], args[1], args[2])
	case (name == "得分" || name == "级别") && len(args) == 1:
		text, ok := args[0].(*ast.StringNode)
		if !ok || text.Value == "" {
			r.fail(BadType, args[0])
			return n, number
		}
		return r.value(name+" "+text.Value, n), number
	case (name == "最大" || name == "最小") && len(args) > 0:
		out := r.want(args[0], number)
		for _, a := range args[1:] {
			out = at(apply(name, out, r.want(a, number)), n)
		}
		return out, number
	case (name == "取整" || name == "绝对值") && len(args) == 1:
		return at(apply(name, r.want(args[0], number)), n), number
	case name == "四舍五入" && len(args) == 2:
		return at(apply(name, r.want(args[0], number), r.want(args[1], number)), n), number
	}
	r.fail(BadPart, callee)
	return n, number
}

func apply(name string, args ...ast.Node) ast.Node {
	return &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: args}
}

// at gives a part the place of the one it stands for.
func at(n, of ast.Node) ast.Node {
	n.SetLocation(of.Location())
	return n
}

// String returns the expression as it was written.
func (e *Expression) String() string { return e.source }

// with says what the expression was worked out with: 数量 30、目标 40.
func (e *Expression) with(values map[string]any) string {
	said := make([]string, 0, len(e.uses))
	for _, key := range e.uses {
		name := key
		if code, ok := strings.CutPrefix(key, levelKey); ok {
			name = LevelName(code)
		} else if of, ok := strings.CutPrefix(key, pointsKey); ok {
			name = of + "得分"
		}
		said = append(said, fmt.Sprint(name, " ", values[key]))
	}
	return strings.Join(said, "、")
}
