package demo

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// A trying is a house that tries the system, and what it has made of it so far.
type trying struct {
	*maker
	*house
	run struct {
		ID      uuid.UUID `json:"id"`
		Version int       `json:"version"`
	}
	problem, idea feedbackPage
}

// A feedbackPage is a feedback as the server shows it.
type feedbackPage struct {
	Feedback struct {
		ID      uuid.UUID `json:"id"`
		Version int       `json:"version"`
	} `json:"feedback"`
}

// A training as the server shows it.
type trainingPage struct {
	Training struct {
		ID      uuid.UUID `json:"id"`
		Version int       `json:"version"`
	} `json:"training"`
	Places []struct {
		ID uuid.UUID `json:"id"`
	} `json:"places"`
}

// aDay is the working time of a day, as it is in the calendar.
const aDay = 7*time.Hour + 30*time.Minute

// trial has a subsidiary begin to try the system, three weeks before the story
// ends: what it does from then on is marked.
func (m *maker) trial(ctx context.Context, h *house) (*trying, error) {
	y := &trying{maker: m, house: h}
	return y, m.play(ctx, h, []step{{m.before(16 * aDay), y.begin}})
}

// goOn lets the trial come to where it waits for its evaluation: both batches of
// training are over, people compared and reported, and were answered.
func (y *trying) goOn(ctx context.Context) error {
	office, run, flood, head := y.who("office-head"), y.who("run"), y.who("flood"), y.head("生产运行部")
	ago := func(days float64) time.Time { return y.before(time.Duration(days * float64(aDay))) }
	steps := []step{
		{ago(9), y.reports(run, &y.problem, map[string]any{"kind": "problem", "to": "it", "page": "/publish/mine", "title": "从文档粘贴的表格列宽不对",
			"body": "把运行日报里的表格粘贴到稿件后，最后一列被挤到页外，预览时看不全。"})},
		{ago(8.2), y.problem.answer(office, "fixed", "表格改为按页宽显示，已核对近三期日报。")},
		{ago(8), func(ctx context.Context) error {
			return run.post(ctx, y.problem.path("/close"), map[string]any{"version": y.problem.Feedback.Version}, nil)
		}},
		{ago(7), y.compares(run, "运行日报报送", 45, 12, "better", "不用打印送签，领导手机上就能看。")},
		{ago(6.5), y.compares(flood, "停水通知审核", 120, 35, "better", "审核人在现场也能办，退回原因写得清楚。")},
		{ago(6), y.compares(head, "停水通知审核", 60, 50, "same", "")},
		{ago(5), y.reports(flood, &y.idea, map[string]any{"kind": "suggestion", "to": "head", "title": "值班表希望能挂在首页", "body": "客服值班表每周更新，建议在桌面上有固定位置。"})},
		{ago(2), y.idea.answer(head, "adopted", "先把值班表设为置顶通知，每周一更新。")},
		{ago(1.8), func(ctx context.Context) error { return y.improve(ctx, office) }},
		{ago(1.2), y.faulty},
		{ago(1), y.reports(run, &feedbackPage{}, map[string]any{"kind": "question", "to": "it", "title": "外出时怎样请他人审核", "body": "负责人下周外出三天，待审核的信息由谁办理？"})},
	}
	leaders, core := ago(13), ago(12)
	for _, s := range []struct {
		at time.Time
		in map[string]any
	}{
		{leaders, map[string]any{"batch": "leaders", "title": "领导班子办公系统培训", "place": "三楼会议室", "ends_at": leaders.Add(time.Hour), "topics": []string{"basic", "workflow"},
			"people": []uuid.UUID{y.who("chief").id, y.who("deputy").id}, "content": "审核、批示和手机办理。"}},
		{core, map[string]any{"batch": "core", "title": "核心应用人员培训", "place": "培训教室", "ends_at": core.Add(2 * time.Hour), "topics": []string{"basic", "common", "trouble", "secrecy"},
			"departments": []uuid.UUID{y.departments["生产运行部"]}, "people": []uuid.UUID{y.who("publisher").id}, "content": "起草、送审、发布、上报，常见问题处理。"}},
	} {
		s.in["run_id"], s.in["goal"], s.in["trainer"], s.in["starts_at"] = y.run.ID, "能够独立使用", "集团信息主管", s.at
		var p trainingPage
		steps = append(steps, step{ago(14), func(ctx context.Context) error { return y.announce(ctx, s.in, &p) }},
			step{s.at.Add(3 * time.Hour), func(ctx context.Context) error { return y.hold(ctx, &p) }})
	}
	for _, days := range []float64{10, 5} {
		steps = append(steps, step{ago(days), func(ctx context.Context) error {
			return office.post(ctx, y.path("/backups"), map[string]any{"taken_at": ago(days + 0.5), "covers": "数据库和附件", "kept": "集团机房备份服务器", "checked": "read",
				"note": "集团运维执行，已读出目录核对"}, nil)
		}})
	}
	return y.play(ctx, y.house, steps)
}

func (y *trying) path(verb string) string { return "/trial/runs/" + y.run.ID.String() + verb }

// begin plans the run, brings people in, says whom to ask, and starts.
func (y *trying) begin(ctx context.Context) error {
	office := y.who("office-head")
	err := office.post(ctx, "/trial/runs", map[string]any{"name": "办公系统试运行", "purpose": "检验信息发布、审核和上报能否替代纸面流转，积累使用经验。",
		"starts_on": y.before(16 * aDay).Format(time.DateOnly), "modules": []string{"信息发布", "流程审批", "信息报送"}, "dual_track": true}, &y.run)
	if err != nil {
		return err
	}
	if err := office.post(ctx, y.path("/departments"), map[string]any{"departments": []uuid.UUID{y.departments["生产运行部"]}}, nil); err != nil {
		return err
	}
	people := []map[string]any{{"id": y.who("chief").id, "part": "leader"}, {"id": y.who("publisher").id, "part": "core"}}
	var listed struct {
		Run struct {
			Version int `json:"version"`
		} `json:"run"`
	}
	if err := office.do(ctx, "PUT", y.path("/people"), map[string]any{"version": y.run.Version, "people": people}, &listed); err != nil {
		return err
	}
	y.run.Version = listed.Run.Version
	err = office.do(ctx, "PUT", "/trial/settings", map[string]any{"version": 1, "every_days": 30,
		"contacts": []map[string]any{{"topic": "系统操作", "member_id": y.who("publisher").id, "name": "", "phone": "6012", "place": "办公楼 305"},
			{"topic": "账号和权限", "member_id": y.admin.id, "name": "", "phone": "6001"}, {"topic": "网络和电脑", "name": "集团运维值班", "phone": "6119"}},
		"group": []map[string]any{{"member_id": y.who("chief").id, "part": "leader"}, {"member_id": office.id, "part": "manager"}, {"member_id": y.who("publisher").id, "part": "coordinator"}}}, nil)
	if err != nil {
		return err
	}
	for _, q := range [][2]string{{"稿件退回后在哪里修改", "在“我的稿件”里打开被退回的稿件，按审核意见修改后再次送审，原来的意见都会保留。"},
		{"误发的信息怎样撤下", "打开这条信息，点“撤下”并写明原因，读者立即看不到；自己没有权限的，点“申请撤下”。"}} {
		if err := office.post(ctx, "/trial/questions", map[string]any{"question": q[0], "answer": q[1]}, nil); err != nil {
			return err
		}
	}
	return office.post(ctx, y.path("/start"), map[string]any{"version": y.run.Version}, nil)
}

// announce plans a training and tells whom it is for.
func (y *trying) announce(ctx context.Context, in map[string]any, p *trainingPage) error {
	office := y.who("office-head")
	if err := office.post(ctx, "/trial/trainings", in, p); err != nil {
		return err
	}
	return office.post(ctx, p.path("/announce"), map[string]any{"version": p.Training.Version}, p)
}

// hold puts down who came, the last of them excused, and closes the training.
func (y *trying) hold(ctx context.Context, p *trainingPage) error {
	office := y.who("office-head")
	var places []map[string]any
	for i, x := range p.Places {
		place := map[string]any{"id": x.ID, "state": "present", "independent": i%3 != 1}
		if i > 1 && i == len(p.Places)-1 {
			place["state"], place["independent"] = "excused", false
		}
		places = append(places, place)
	}
	if err := office.post(ctx, p.path("/attendance"), map[string]any{"version": p.Training.Version, "places": places}, p); err != nil {
		return err
	}
	return office.post(ctx, p.path("/hold"), map[string]any{"version": p.Training.Version}, nil)
}

func (p *trainingPage) path(verb string) string {
	return "/trial/trainings/" + p.Training.ID.String() + verb
}

func (y *trying) compares(by *member, task string, was, is int, verdict, note string) func(context.Context) error {
	return func(ctx context.Context) error {
		return by.post(ctx, y.path("/comparisons"), map[string]any{"task": task, "old_minutes": was, "new_minutes": is, "verdict": verdict, "note": note}, nil)
	}
}

func (y *trying) reports(by *member, f *feedbackPage, in map[string]any) func(context.Context) error {
	return func(ctx context.Context) error { return by.post(ctx, "/trial/feedback", in, f) }
}

func (f *feedbackPage) path(verb string) string {
	return "/trial/feedback/" + f.Feedback.ID.String() + verb
}

func (f *feedbackPage) answer(by *member, outcome, text string) func(context.Context) error {
	return func(ctx context.Context) error {
		return by.post(ctx, f.path("/answer"), map[string]any{"outcome": outcome, "text": text, "version": f.Feedback.Version}, f)
	}
}

// improve makes work of a suggestion, which somebody has begun.
func (y *trying) improve(ctx context.Context, office *member) error {
	var made struct {
		ID      uuid.UUID `json:"id"`
		Version int       `json:"version"`
	}
	owner := y.who("publisher")
	err := office.post(ctx, y.path("/improvements"), map[string]any{"title": "值班表设为置顶通知", "detail": "每周一上午更新，附联系电话。", "owner_id": owner.id,
		"due_on": y.end.AddDate(0, 0, 6).Format(time.DateOnly), "feedback_id": y.idea.Feedback.ID}, &made)
	if err != nil {
		return err
	}
	return owner.post(ctx, "/trial/improvements/"+made.ID.String(), map[string]any{"state": "doing", "note": "版式已定，等客服班组确认人员。", "version": made.Version}, nil)
}

// faulty has somebody report a fault that is repaired, and another that is not yet.
func (y *trying) faulty(ctx context.Context) error {
	var first struct {
		ID      uuid.UUID `json:"id"`
		Version int       `json:"version"`
	}
	report := func(by *member, title, detail string, out any) error {
		return by.post(ctx, "/trial/vulnerabilities", map[string]any{"kind": "fault", "title": title, "detail": detail, "found_at": y.before(2 * aDay)}, out)
	}
	if err := report(y.who("run"), "中控室电脑打不开附件预览", "中控室两台电脑的浏览器版本过低，预览页空白，下载后可以打开。", &first); err != nil {
		return err
	}
	err := y.admin.post(ctx, "/trial/vulnerabilities/"+first.ID.String()+"/treat", map[string]any{"state": "repaired", "severity": "low",
		"outcome": "两台电脑已更新浏览器，预览正常。", "version": first.Version}, nil)
	if err != nil {
		return err
	}
	return report(y.who("flood"), "客服大厅公用电脑没有退出登录", "交接班时发现上一班没有退出登录，已代为退出，建议公用电脑缩短超时时间。", nil)
}
