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
}

// trial has a subsidiary try the system: a department and a few people, training
// in two batches, what they found beside the old way, what they reported; now it
// waits for its evaluation.
func (m *maker) trial(ctx context.Context, h *house) error {
	y := &trying{maker: m, house: h}
	day := func(days, hour int) time.Time {
		return m.end.AddDate(0, 0, days).Truncate(time.Hour).Add(time.Duration(hour) * time.Hour)
	}
	leaders, core := day(-18, 0), day(-16, 0)
	var problem, idea feedbackPage
	steps := []step{
		{day(-20, 0), y.begin},
		{day(-19, 0), func(ctx context.Context) error { return y.trainBoth(ctx, leaders, core) }},
		{day(-12, 0), func(ctx context.Context) error {
			return h.who("run").post(ctx, "/trial/feedback", map[string]any{"kind": "problem", "to": "it", "page": "/publish/mine", "title": "从文档粘贴的表格列宽不对",
				"body": "把运行日报里的表格粘贴到稿件后，最后一列被挤到页外，预览时看不全。"}, &problem)
		}},
		{day(-11, 1), func(ctx context.Context) error {
			return problem.answer(ctx, h.who("office-head"), "fixed", "表格改为按页宽显示，已核对近三期日报。")
		}},
		{day(-11, 3), func(ctx context.Context) error {
			return h.who("run").post(ctx, "/trial/feedback/"+problem.Feedback.ID.String()+"/close", map[string]any{"version": problem.Feedback.Version}, nil)
		}},
		{day(-8, 0), func(ctx context.Context) error {
			return y.compare(ctx, h.who("run"), "运行日报报送", 45, 12, "better", "不用打印送签，领导手机上就能看。")
		}},
		{day(-8, 1), func(ctx context.Context) error {
			return y.compare(ctx, h.who("flood"), "停水通知审核", 120, 35, "better", "审核人在现场也能办，退回原因写得清楚。")
		}},
		{day(-7, 0), func(ctx context.Context) error {
			return y.compare(ctx, h.head("生产运行部"), "停水通知审核", 60, 50, "same", "")
		}},
		{day(-5, 0), func(ctx context.Context) error {
			return h.who("flood").post(ctx, "/trial/feedback", map[string]any{"kind": "suggestion", "to": "head", "title": "值班表希望能挂在首页",
				"body": "客服值班表每周更新，建议在桌面上有固定位置。"}, &idea)
		}},
		{day(-1, 0), func(ctx context.Context) error {
			return h.who("publisher").post(ctx, "/trial/feedback", map[string]any{"kind": "question", "to": "it", "title": "外出时怎样委托他人审核",
				"body": "负责人下周外出三天，待审核的信息由谁办理？"}, nil)
		}},
	}
	return m.play(ctx, h, steps)
}

// begin plans the run, brings people in, says whom to ask, and starts.
func (y *trying) begin(ctx context.Context) error {
	office, at := y.who("office-head"), y.end.AddDate(0, 0, -20)
	err := office.post(ctx, "/trial/runs", map[string]any{"name": "办公系统试运行", "purpose": "检验信息发布、审核和上报能否替代纸面流转，积累使用经验。",
		"starts_on": at.Format(time.DateOnly), "modules": []string{"信息发布", "流程审批", "信息报送"}, "dual_track": true}, &y.run)
	if err != nil {
		return err
	}
	path := "/trial/runs/" + y.run.ID.String()
	if err := office.post(ctx, path+"/departments", map[string]any{"departments": []uuid.UUID{y.departments["生产运行部"]}}, nil); err != nil {
		return err
	}
	people := []map[string]any{{"id": y.who("chief").id, "part": "leader"}, {"id": y.who("publisher").id, "part": "core"}}
	if err := office.do(ctx, "PUT", path+"/people", map[string]any{"people": people}, nil); err != nil {
		return err
	}
	err = office.do(ctx, "PUT", "/trial/settings", map[string]any{"version": 1, "every_days": 30,
		"contacts": []map[string]any{{"topic": "系统操作", "member_id": y.who("publisher").id, "name": "", "phone": "6012", "place": "办公楼 305"},
			{"topic": "账号和权限", "member_id": office.id, "name": "", "phone": "6001"}, {"topic": "网络和电脑", "name": "集团运维值班", "phone": "6119"}},
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
	return office.post(ctx, path+"/start", map[string]any{"version": y.run.Version}, nil)
}

// trainBoth announces the trainings of both batches.
func (y *trying) trainBoth(ctx context.Context, leaders, core time.Time) error {
	office := y.who("office-head")
	for _, s := range []map[string]any{
		{"batch": "leaders", "title": "领导班子办公系统培训", "place": "三楼会议室", "starts_at": leaders, "ends_at": leaders.Add(time.Hour), "topics": []string{"basic", "workflow"},
			"people": []uuid.UUID{y.who("chief").id, y.who("deputy").id}, "content": "审核、批示和手机办理。"},
		{"batch": "core", "title": "核心应用人员培训", "place": "培训教室", "starts_at": core, "ends_at": core.Add(2 * time.Hour), "topics": []string{"basic", "common", "trouble", "secrecy"},
			"departments": []uuid.UUID{y.departments["生产运行部"]}, "people": []uuid.UUID{y.who("publisher").id}, "content": "起草、送审、发布、上报，常见问题处理。"},
	} {
		s["run_id"], s["goal"], s["trainer"] = y.run.ID, "能够独立使用", "集团信息主管"
		var p struct {
			Training struct {
				ID      uuid.UUID `json:"id"`
				Version int       `json:"version"`
			} `json:"training"`
		}
		if err := office.post(ctx, "/trial/trainings", s, &p); err != nil {
			return err
		}
		if err := office.post(ctx, "/trial/trainings/"+p.Training.ID.String()+"/announce", map[string]any{"version": p.Training.Version}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (y *trying) compare(ctx context.Context, by *member, task string, was, is int, verdict, note string) error {
	return by.post(ctx, "/trial/runs/"+y.run.ID.String()+"/comparisons",
		map[string]any{"task": task, "old_minutes": was, "new_minutes": is, "verdict": verdict, "note": note}, nil)
}

// A feedbackPage is a feedback as the server shows it.
type feedbackPage struct {
	Feedback struct {
		ID      uuid.UUID `json:"id"`
		Version int       `json:"version"`
	} `json:"feedback"`
}

func (f *feedbackPage) answer(ctx context.Context, by *member, outcome, text string) error {
	return by.post(ctx, "/trial/feedback/"+f.Feedback.ID.String()+"/answer", map[string]any{"outcome": outcome, "text": text, "version": f.Feedback.Version}, f)
}
