package dossier

import (
	"jishi/desk"
	"jishi/web/look"
)

// shown are the marks of a matter that officers look out for, in the order in which they stand.
var shown = []struct{ flag, title string }{
	{"urgent", "重大紧急"}, {"supervised", "督办中"}, {"assigned", "上级交办"}, {"joint", "多人共同提出"},
	{"returned", "退回重办"}, {"extended", "已依法延长"}, {"ruled", "派单异议已裁定"}, {"alert", "可能的突发事件"}, {"limited", "客观受限"}, {"in-petition", "已在信访程序中"},
	{"simplified", "简易办理"}, {"address-unclear", "姓名地址不清"}, {"hearing-held", "已听证"},
}

func flags(p look.Page, v *desk.View) []string {
	var list []string
	for _, f := range shown {
		if v.Flags[f.flag] != "" {
			list = append(list, p.Say(f.title))
		}
	}
	return list
}

// byID is where an officer reads a matter.
func byID(n desk.Node) string { return "/m/" + n.ID }
