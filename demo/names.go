package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// surnames and given are what names are put together from, each with its sound,
// which makes the login. The people they name are invented.
var surnames = words(`陈chen 林lin 周zhou 吴wu 徐xu 孙sun 马ma 朱zhu 胡hu 郭guo 何he 高gao 罗luo 郑zheng 梁liang 谢xie 宋song 唐tang
	许xu 韩han 冯feng 邓deng 曹cao 彭peng 曾zeng 肖xiao 田tian 董dong 袁yuan 潘pan 于yu 蒋jiang 蔡cai 余yu 杜du 叶ye 程cheng 苏su
	魏wei 吕lv 丁ding 任ren 沈shen 姚yao 卢lu 姜jiang 崔cui 钟zhong 谭tan 陆lu 汪wang 范fan 石shi 廖liao 贾jia 夏xia 韦wei 方fang
	白bai 邹zou 孟meng 熊xiong 秦qin 邱qiu 江jiang 尹yin 薛xue 段duan 雷lei 侯hou 龙long 史shi 陶tao 黎li 贺he 顾gu 毛mao 郝hao
	龚gong 邵shao 万wan 钱qian 严yan 覃qin 武wu 戴dai 莫mo 孔kong 向xiang 汤tang`)

var given = words(`志强zhiqiang 文静wenjing 建华jianhua 晓燕xiaoyan 国平guoping 丽娟lijuan 海涛haitao 雪梅xuemei 永刚yonggang 春兰chunlan
	俊杰junjie 思远siyuan 雨桐yutong 明辉minghui 红霞hongxia 立新lixin 秀英xiuying 东升dongsheng 佳怡jiayi 浩然haoran 玉兰yulan 振宇zhenyu
	慧敏huimin 家豪jiahao 小波xiaobo 淑芬shufen 宏伟hongwei 婉清wanqing 子墨zimo 晨曦chenxi 卫国weiguo 素云suyun 景行jingxing 若琳ruolin
	长林changlin 心怡xinyi 鹏飞pengfei 月华yuehua 一鸣yiming 亚楠yanan 正阳zhengyang 静雯jingwen 世杰shijie 梦洁mengjie 庆丰qingfeng 凤琴fengqin
	天佑tianyou 诗涵shihan 德明deming 芳fang 磊lei 敏min 涛tao 洁jie 勇yong 娜na 斌bin 倩qian 峰feng 琳lin 超chao 颖ying 毅yi 蕾lei
	宁ning 凯kai 欣xin 俊jun 岚lan 哲zhe 楠nan 博bo 婷ting 锋feng 薇wei 昊hao 青qing 栋dong 莹ying 岩yan`)

type word struct{ sign, sound string }

func words(list string) (ws []word) {
	for _, s := range strings.Fields(list) {
		i := strings.IndexFunc(s, func(r rune) bool { return r < 0x80 })
		ws = append(ws, word{s[:i], s[i:]})
	}
	return ws
}

// A roll names the people of one tenant: no login twice; namesakes are told
// apart by a number.
type roll struct {
	rnd   *rand.Rand
	used  map[string]int
	names map[string]bool
}

func newRoll(rnd *rand.Rand) *roll { return &roll{rnd, map[string]int{}, map[string]bool{}} }

// next returns a name nobody has yet.
func (r *roll) next() (name, login string) {
	for {
		s, g := surnames[r.rnd.IntN(len(surnames))], given[r.rnd.IntN(len(given))]
		if name = s.sign + g.sign; !r.names[name] {
			r.names[name] = true
			return name, r.login(s.sound + g.sound)
		}
	}
}

// login returns the sound, with a number from the second person on.
func (r *roll) login(sound string) string {
	r.used[sound]++
	if n := r.used[sound]; n > 1 {
		return fmt.Sprintf("%s%d", sound, n)
	}
	return sound
}
