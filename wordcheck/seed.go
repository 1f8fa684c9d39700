package wordcheck

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"hetu/tenant"
)

// seed gives a tenant without a dictionary its first one: wrong wordings that
// are common in office writing, and phrases in which they are right. What else
// a tenant forbids is its own to say.
func seed(ctx context.Context, tx *tenant.Tx) error {
	// Of two that come at once the second waits, and then sees what the first has done.
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('wordcheck ' || app_tenant()::text, 0))`); err != nil {
		return err
	}
	var there bool
	if err := tx.Get(ctx, &there, `select exists (select from word_states)`); err != nil || there {
		return err
	}
	drafts, norms, acts := first()
	for _, p := range firstPhrases() {
		acts = append(acts, change{"phrase", "added", Entry{Word: p}})
	}
	if _, err := renew(ctx, tx, "seeded", acts); err != nil {
		return err
	}
	if err := upsert(ctx, tx, drafts, norms, nil); err != nil {
		return err
	}
	for _, p := range firstPhrases() {
		if _, err := tx.Exec(ctx, `insert into word_phrases (id, phrase, norm, changed_at) values ($1, $2, $3, $4)`,
			tenant.NewID(), p, norm(p), tx.Now); err != nil {
			return fmt.Errorf("wordcheck: %w", err)
		}
	}
	return nil
}

// seedStamp is the stamp of the dictionary that every tenant begins with. It
// follows from its words, which are ours and nobody's: as long as tenants leave
// them as they are, one copy in memory serves them all.
func seedStamp(words []change) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "%q", words))
}

// seedLate gives a tenant its first dictionary that was opened before there
// were any, and changes nothing for another.
func seedLate(ctx context.Context, db *tenant.DB) error {
	var there bool
	err := db.Read(ctx, func(tx *tenant.Tx) error { return tx.Get(ctx, &there, `select exists (select from word_states)`) })
	if err != nil || there {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error { return seed(ctx, tx) })
}

// first reads the words a tenant begins with.
func first() (drafts []Draft, norms []string, acts []change) {
	for _, list := range []struct{ class, level, lines string }{{"typo", Warn, typos}, {"wording", Hint, wordings}} {
		for pair := range strings.FieldsSeq(list.lines) {
			word, advice, _ := strings.Cut(pair, "→")
			d := Draft{Word: word, Class: list.class, Level: list.level, Advice: advice}
			drafts, norms, acts = append(drafts, d), append(norms, norm(word)), append(acts, change{"word", "added", Entry(d)})
		}
	}
	return drafts, norms, acts
}

func firstPhrases() []string { return strings.Fields(phrases) }

// typos are characters that are wrong where they stand so.
const typos = `
部份→部分 身份正→身份证 帐号→账号 帐户→账户 帐目→账目 登陆系统→登录系统 登陆平台→登录平台 登陆网站→登录网站 登陆账号→登录账号
截止目前→截至目前 截止到→截至 截止昨日→截至昨日 截止今日→截至今日 截止本月→截至本月 截止年底→截至年底
布署→部署 按排→安排 安置就序→安置就绪 准备就序→准备就绪 一愁莫展→一筹莫展 再接再励→再接再厉 迫不急待→迫不及待 走头无路→走投无路
事半工倍→事半功倍 坐阵指挥→坐镇指挥 震憾→震撼 松驰→松弛 渡假→度假 欢渡→欢度 穿流不息→川流不息
一如继往→一如既往 既使→即使 即然→既然 既便→即便 甘败下风→甘拜下风 粗旷→粗犷 烩炙人口→脍炙人口 不径而走→不胫而走 重迭→重叠
复盖→覆盖 家俱→家具 装璜→装潢 另人→令人 凑和→凑合 通辑→通缉 拌脚石→绊脚石 谈笑风声→谈笑风生
人材培养→人才培养 相形见拙→相形见绌 寥若辰星→寥若晨星 默守成规→墨守成规 鼎立相助→鼎力相助 蜂涌而至→蜂拥而至
精萃→精粹 编篡→编纂 膺品→赝品 九洲→九州 防犯→防范 防患未燃→防患未然
水厍→水库 泄洪闸们→泄洪闸门 排劳→排涝 蓄致洪区→蓄滞洪区 管辖区城→管辖区域 圆满竟功→圆满竣工
峻工→竣工 检察验收→检查验收 落实道位→落实到位 责任道人→责任到人 贯沏→贯彻 贯砌→贯彻 慰门→慰问 撑握→掌握 幅射→辐射
协做→协作 合做单位→合作单位 统筹协条→统筹协调 己经→已经 必需要→必须要 做为→作为 做用→作用 份内→分内
`

// wordings are ways of writing that have a better one in an official text.
const wordings = `
涉及到→涉及 来自于→来自 付诸于→付诸 见诸于→见诸 凯旋归来→凯旋 过分溺爱→溺爱 亲眼目睹→目睹 首次首创→首创 第一首创→首创
免费赠送→赠送 参加参与→参加 原因是因为→原因是 其原因是由于→原因是 群众们→群众 职工们→职工 各位代表们→各位代表 多次反复→反复
更加日益→日益 十分非常→非常 以上所述→综上所述 悬殊很大→悬殊 目前当前→目前
`

// phrases are right although a word of the lists stands in them.
const phrases = `
身份正确 身份正当 身份正式 自己经 叫做为 做为难 做为民 做用户 做用工 份内容 部份额 截止到期 截止到达
按排名 按排序 按排放 按排水 按排班 反复盖 另人均 协做好
`
