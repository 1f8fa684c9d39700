package demo

import "context"

// tenancies has headquarters issue how it is set up as a template for the units
// below, and the head of a unit that is being formed file the plan for it.
func (m *maker) tenancies(ctx context.Context, hq *house) error {
	clerk := hq.who("clerk")
	if err := clerk.post(ctx, "/template/sets", map[string]any{"name": "厅局标准设置", "note": "部门、岗位、角色和栏目，供新组建单位采用"}, nil); err != nil {
		return err
	}
	return clerk.post(ctx, "/onboard/applications", map[string]any{
		"name": "水文水资源勘测中心", "short_name": "水文中心", "kind": "department", "slug": "shuiwen", "people": 36,
		"head_name": "贺知远", "head_contact": "内线 8126", "admin_name": "方晓", "admin_login": "fangxiao",
		"fitting_on": m.end.AddDate(0, 2, 0).Format("2006-01-02"), "cabling": "三层办公室九间、机房一间，每间两个信息点",
		"note": "新组建单位，办公用房装修前申报",
	}, nil)
}
