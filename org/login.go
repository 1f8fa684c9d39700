package org

import (
	"context"
	"strconv"
	"strings"

	"github.com/mozillazg/go-pinyin"

	"hetu/tenant"
)

// surnames are those that are read otherwise as the name of a family than in a
// word.
var surnames = map[string]string{
	"单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "任": "ren", "朴": "piao", "盖": "ge", "华": "hua",
	"翟": "zhai", "尉": "wei", "缪": "miao", "宓": "mi", "覃": "qin", "乐": "yue", "员": "yun", "黑": "he", "秘": "bi", "冼": "xian",
	"折": "she", "召": "shao", "种": "chong", "重": "chong", "纪": "ji", "晁": "chao", "尉迟": "yuchi", "万俟": "moqi", "长孙": "zhangsun",
}

// longestLogin leaves room for the number of a namesake.
const longestLogin = 28

// Pinyin returns the login a name gives: all of it in lower-case pinyin without
// tones (R242). Latin letters and digits stay; everything else is left out. It
// is empty for a name that gives none.
func Pinyin(name string) string {
	var b strings.Builder
	rest := strings.TrimSpace(name)
	for family, read := range surnames {
		if strings.HasPrefix(rest, family) && (len(family) > 3 || !longer(rest, family)) {
			b.WriteString(read)
			rest = strings.TrimPrefix(rest, family)
			break
		}
	}
	args := pinyin.NewArgs()
	for _, r := range strings.ToLower(rest) {
		switch read := pinyin.SinglePinyin(r, args); {
		case len(read) > 0:
			b.WriteString(read[0])
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		}
	}
	login := b.String()
	if len(login) > longestLogin {
		login = login[:longestLogin]
	}
	if len(login) == 1 {
		login += "1"
	}
	return login
}

// longer reports whether a name begins with a family name of two characters that
// begins with this one.
func longer(name, family string) bool {
	for other := range surnames {
		if len(other) > len(family) && strings.HasPrefix(other, family) && strings.HasPrefix(name, other) {
			return true
		}
	}
	return false
}

// FreeLogin returns the login for a name that nobody has in the tenant and that
// is not among taken: the pinyin, with the first free number from 2 on for
// namesakes (R242). It is empty for a name that gives none.
func FreeLogin(ctx context.Context, tx *tenant.Tx, name string, taken map[string]bool) (string, error) {
	base := Pinyin(name)
	if !loginForm.MatchString(base) {
		return "", nil
	}
	var there []string
	if err := tx.Select(ctx, &there, `select login from members where login ~ ('^' || $1 || '[0-9]*$')`, base); err != nil {
		return "", err
	}
	used := map[string]bool{}
	for _, l := range there {
		used[l] = true
	}
	login := base
	for n := 2; used[login] || taken[login]; n++ {
		login = base + strconv.Itoa(n)
	}
	return login, nil
}

type nameQuery struct {
	Name string `json:"-" query:"name" maxLength:"50"`
}

type suggestion struct {
	Login string `json:"login"` // empty if the name gives none
}

func suggestLogin(ctx context.Context, tx *tenant.Tx, in nameQuery) (s suggestion, err error) {
	s.Login, err = FreeLogin(ctx, tx, in.Name, nil)
	return s, err
}

// IsLogin reports whether a text can be a login.
func IsLogin(s string) bool { return loginForm.MatchString(s) }
