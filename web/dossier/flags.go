package dossier

import (
	"jishi/desk"
	"jishi/web/look"
)

// shown are the marks of a matter that officers look out for, in the order in which they stand.
var shown = []struct{ flag, title string }{
	{"urgent", "重大紧急"}, {"supervised", "督办中"}, {"assigned", "上级交办"}, {"joint", "多人共同提出"},
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

// kinds are the links between matters in words.
var kinds = map[string]string{
	"merged-into": "已并入", "merged": "并入本件", "split-from": "拆分自", "split-off": "拆分出", "supervised": "对本件的督办",
	"supervises": "督办的事项", "related": "相关", "same": "同一事项", "repeat": "重复事项", "superior": "下级正在办理",
}
