package demo

import (
	"fmt"

	"jishi/base/vault"
)

// surnames are common ones; with 某 and a stem they name nobody ("王某甲").
var surnames = []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚")

var (
	stems    = []rune("甲乙丙丁戊己庚辛壬癸")   // citizens
	branches = []rune("子丑寅卯辰巳午未申酉戌亥") // officers
)

// officerName is the name of the nth officer: 周某子.
func officerName(n int) string {
	return string(surnames[n%len(surnames)]) + "某" + string(branches[n/len(surnames)%len(branches)])
}

// Citizen is the identity of the nth petitioner. The number, in the block 199-0000, is written on no card we
// know of; nobody is meant.
func Citizen(n int, address string) vault.Identity {
	name := string(surnames[(n*37)%len(surnames)]) + "某" + string(stems[n/len(surnames)%len(stems)])
	return vault.Identity{Name: name, Phone: fmt.Sprintf("1990000%04d", n%10000),
		Email: fmt.Sprintf("citizen%d@example.com", n), Address: address}
}
