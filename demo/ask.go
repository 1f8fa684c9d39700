package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// A call is what headquarters asks its bureaus to report on, and who answers.
type call struct {
	title, kind, text string
	at, due           time.Time
	urged             time.Time // zero: not at all
	answers           []answer
}

// An answer is what one bureau writes and reports because it was asked.
type answer struct {
	slug, title, body string
	at                time.Time // when it is begun
}

// calls are the two solicitations of the year: one that is over, and one that
// runs as the story ends.
func (m *maker) calls() []call {
	past := m.before(300 * time.Hour)
	due := m.diary.later(past, 56*time.Hour)
	now := m.before(20 * time.Hour)
	return []call{
		{"基层水利站所能力建设的做法", "经验做法", "请围绕人员配备、经费保障、巡查手段三个方面，报送一篇做法和成效，不超过一千五百字，数据截至上月底。", past, due, m.diary.later(due, -9*time.Hour),
			[]answer{
				{"qc-yunling", "云岭市三项举措夯实基层水利站所", "<p>云岭市把基层站所建设纳入年度水务重点工作，为二十四个乡镇站所配齐专职人员四十八名。</p><p>市县两级按每站每年六万元安排运行经费，统一配发巡查终端，山塘、堤防巡查记录当日上传。</p><p>今年以来，站所巡查发现隐患一百三十二处，已全部办结。</p>", m.diary.later(past, 9*time.Hour)},
				{"qc-cangyuan", "沧原市推行“县聘乡用”充实水利站力量", "<p>沧原市推行“县聘乡用”，面向本地招聘水利专业人员三十六名，服务期不少于三年。</p><p>每名新聘人员由县局技术骨干结对指导，半年内完成测量、巡查、台账三项实训。</p>", m.diary.later(past, 21*time.Hour)},
				{"qc-linlan", "临澜市为乡镇水利站配齐巡查装备", "<p>临澜市投入二百六十万元，为十九个乡镇水利站配备巡查车、无人机和流量计。</p><p>装备统一编号、统一维护，使用情况按月通报，全市河道巡查里程同比增加四成。</p>", m.diary.later(past, 30*time.Hour)},
				{"qc-qingqu", "清渠市探索水利站所片区化管理", "<p>清渠市将十五个乡镇水利站划为四个片区，由片区中心站统一调配人员和车辆。</p><p>片区实行周例会、月会商，险情处置平均用时缩短一半。</p>", m.diary.later(due, 6*time.Hour)},
			}},
		{"今冬明春水利工程建设进展", "工作进展", "请报送在建工程数量、完成投资和存在问题。已经完工的工程一并说明验收安排。", now, m.diary.later(m.end, 44*time.Hour), m.before(3 * time.Hour),
			[]answer{
				{"qc-cangyuan", "沧原市冬修水利工程完成投资过半", "<p>沧原市今冬安排水利工程二十七处，已开工二十五处，完成投资一亿一千万元，占计划的五成五。</p><p>主要问题是两处渠系改造用地手续尚未办结，拟于本月底前协调完成。</p>", m.before(14 * time.Hour)},
			}},
	}
}

// before is the time from which d of working time remains until the story ends.
func (m *maker) before(d time.Duration) time.Time {
	at, _ := m.diary.cal.AddWorkTime(m.end, -d)
	return at
}

// solicit has headquarters ask and the bureaus answer.
func (m *maker) solicit(ctx context.Context, hq *house) error {
	clerk := hq.who("clerk")
	for _, c := range m.calls() {
		var made struct {
			ID uuid.UUID `json:"id"`
		}
		if err := m.clock.set(ctx, hq.id, c.at); err != nil {
			return err
		}
		err := clerk.post(ctx, "/exchange/solicitations", map[string]any{"title": c.title, "kind": c.kind, "text": c.text, "due_at": c.due, "all": true}, &made)
		if err != nil {
			return err
		}
		urge := func(ctx context.Context) error {
			return clerk.post(ctx, "/exchange/solicitations/"+made.ID.String()+"/urge", nil, nil)
		}
		var before, after []func(context.Context) error
		for _, a := range c.answers {
			fn := func(ctx context.Context) error { return m.answered(ctx, m.houses[a.slug], c.title, a) }
			if a.at.Before(c.urged) {
				before = append(before, fn)
			} else {
				after = append(after, fn)
			}
		}
		if err := together(ctx, before...); err != nil {
			return err
		}
		if err := m.play(ctx, hq, []step{{c.urged, urge}}); err != nil {
			return err
		}
		if err := together(ctx, after...); err != nil {
			return err
		}
	}
	return nil
}

// answered lets a bureau write, publish and report what it was asked for.
func (m *maker) answered(ctx context.Context, b *house, title string, a answer) error {
	out := b.who("publisher")
	p := &piece{column: b.columns["本级要闻"], kind: "news", title: a.title, body: a.body, source: b.short,
		drafter: b.in("河湖与水资源科")[0], reviewers: []*member{b.who("deputy")}, publisher: out}
	steps, at := m.course(b, p, a.at, published)
	steps = append(steps, step{m.diary.later(at, 25*time.Minute), func(ctx context.Context) error {
		var l struct {
			Items []struct {
				ID    uuid.UUID `json:"id"`
				Title string    `json:"title"`
			} `json:"items"`
		}
		if err := out.get(ctx, "/exchange/asked?limit=50", &l); err != nil {
			return err
		}
		for _, asked := range l.Items {
			if asked.Title == title {
				return out.post(ctx, "/exchange/reports", map[string]any{"item_id": p.id, "asked_id": asked.ID, "note": "按约稿要求报送，请审阅。"}, nil)
			}
		}
		return fmt.Errorf("%s was not asked for %s", b.slug, title)
	}})
	return m.play(ctx, b, m.untilNow(steps))
}
