package tests

import (
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
)

// TestFourEyes is what one administrator cannot do alone: an administrator's password is handed over in two halves, the
// asker and the person concerned agree to nothing, what nobody decides lapses, what has changed is refused, and of two who
// agree at once one does.
func TestFourEyes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 0, t.TempDir())
		w.d.Eyes = 72 * time.Hour
		server := httptest.NewServer(w.front)
		defer server.Close()
		const auditor, officer = "county-data-audit", "county-housing-officer"
		system, second := w.signedIn(server.URL, "county-data-system"), w.signedIn(server.URL, "county-data-second")

		system.post("/admin/account/" + auditor + "/password").sees("写1到200字")
		system.post("/admin/account/"+auditor+"/password", "reason", "本人忘了密码，电话13900001234").sees("等第二个人", "139********")
		at := system.path
		w.signedIn(server.URL, auditor).get("/account").sees("有人提出“给管理员一个新密码”")
		system.post(at, "go", "agree", "why", "我自己").sees("自己提出的，要由另一个人决定")
		w.signedIn(server.URL, auditor).post(at, "go", "agree", "why", "是我").sees("关于您本人")
		w.signedIn(server.URL, officer).get(at).sees("没有这件要两个人办的事")
		w.signedIn(server.URL, officer).post(at, "go", "agree", "why", "好").sees("没有这件要两个人办的事")
		second.get("/admin").sees("1 件等您决定")
		for person, n := range map[string]int{"county-data-second": 1, "county-data-system": 0, auditor: 0, officer: 0} {
			if told, err := w.d.WaitFor(t.Context(), w.staff(person)); err != nil || told != n {
				t.Errorf("%s is told of %d that wait, want %d: %v", person, told, n, err)
			}
		}
		second.post(at, "go", "agree").sees("请写一句为什么")
		second.post(at, "go", "agree", "why", "一起看过工作证").sees("同意，办了")
		const halves = `<p class="big code">([a-z0-9-]+)</p>`
		back := second.pick(halves)
		front := system.get(at).pick(halves)
		second.post(at, "go", "agree", "why", "再来一次").sees("作了决定")
		if strings.Contains(second.get(at).page, back) || strings.Contains(second.page, front) {
			t.Error("the second half is shown twice, or the first to the wrong person")
		}
		phone := newClient(t, server.URL)
		for _, half := range []string{front, back} {
			phone.post("/sign-in", "login", auditor, "password", half).sees("登录名或密码不正确")
		}
		phone.post("/sign-in", "login", auditor, "password", front+"-"+back).sees("现在的密码是管理员给的")

		owner, security := w.signedIn(server.URL, officer), w.signedIn(server.URL, "county-data-security")
		security.post("/admin/account/"+officer+"/factor", "reason", "手机丢了").sees("现在没有第二道验证")
		secret := owner.get("/account/factor").pick(`name="secret" value="([A-Z2-7]+)"`)
		owner.post("/account/factor", "secret", secret, "code", w.code(secret))
		spare := owner.pick(`<li>([A-Z0-9]{5}-[A-Z0-9]{5})</li>`)
		security.post("/admin/account/"+officer+"/factor", "reason", "手机丢了").sees("等第二个人")
		late := security.path
		w.now = w.now.Add(73 * time.Hour)
		second, security = w.signedIn(server.URL, "county-data-second"), w.signedIn(server.URL, "county-data-security")
		second.get("/second").sees("没有人决定，失效了")
		second.post(late, "go", "agree", "why", "好").sees("已经失效")
		if has, err := w.d.Gate.HasFactor(t.Context(), officer); err != nil || !has {
			t.Errorf("a lapsed asking took the factor off: %v", err)
		}
		security.post("/admin/account/"+officer+"/factor", "reason", "手机丢了").sees("等第二个人")
		again := security.path
		w.signedIn(server.URL, officer).post("/account/factor/off", "code", spare)
		second.post(again, "go", "agree", "why", "好").sees("现在没有第二道验证，不用解除")
		second.post(again, "go", "refuse", "why", "本人自己关了").sees("没有同意")
		security.get(again).sees("本人自己关了")

		fresh := w.signedIn(server.URL, auditor)
		fresh.get("/admin/audit").sees("提出要两个人办的事", "作为第二个人同意", "作为第二个人不同意", "给出新密码")
		w.postsByTwo()
		w.oneOfTwo()
		w.staleYear()
		w.nobodyElse()
	})
}

func (w *world) refusal(err error, code string) {
	w.t.Helper()
	if r, ok := words.AsRefusal(err); !ok || r.Code != code {
		w.t.Fatalf("got %v, want the refusal %s", err, code)
	}
}

// postsByTwo: a roster gives nobody an administration before a second person agrees, and nobody two of them.
func (w *world) postsByTwo() {
	ctx, system, second := w.t.Context(), w.staff("county-data-system"), w.staff("county-data-second")
	county := w.d.Body("county-data").Name
	row := func(login, power string) string {
		p, err := actor.GetPerson(ctx, w.d.DB, login)
		w.must(err)
		return "机构名称,机构类型,区划代码,上级机构,复查机关,姓名,登录名,职务,权限,任职起,任职止\n" + county + ",,,,," + p.Name + "," + login + ",兼职," + power + ",2025-01-01,\n"
	}
	result, asks, err := w.d.ImportRoster(ctx, system, strings.NewReader(row("county-housing-officer", "审计")), false, "审计管理员退休")
	w.must(err)
	if len(asks) != 1 || result.Posts != 0 || w.staff("county-housing-officer").HasAny(actor.Audit) {
		w.t.Fatalf("a roster gave an administration at once: %+v", result)
	}
	_, _, err = w.d.Decide(ctx, second, asks[0].ID, true, "有任命文件")
	w.must(err)
	if !w.staff("county-housing-officer").HasAny(actor.Audit) {
		w.t.Error("it was agreed to, and not given")
	}
	result, asks, err = w.d.ImportRoster(ctx, system, strings.NewReader(row("county-housing-officer", "审计")), false, "再导入一次")
	if err != nil || len(asks) != 0 || result.Posts != 1 {
		w.t.Errorf("the same roster again asks again: %+v %v", result, err)
	}
	result, asks, err = w.d.ImportRoster(ctx, system, strings.NewReader(row("county-data-audit", "系统管理")), false, "兼任")
	if err != nil || len(asks) != 0 || len(result.Faults) != 1 || !strings.Contains(result.Faults[0].Text, "三个人分别担任") {
		w.t.Errorf("one person got two administrations: %+v %v", result, err)
	}
}

// oneOfTwo: of two who agree at once one does; nothing is sent before.
func (w *world) oneOfTwo() {
	ctx, system := w.t.Context(), w.staff("county-data-system")
	h, secret, err := w.d.MakeHook(ctx, system, "大屏", "https://board.example/in", nil, "县里要看总数")
	w.must(err)
	same, again, err := w.d.MakeHook(ctx, system, "大屏", "https://board.example/in", nil, "县里要看总数")
	if err != nil || same.Asked.ID != h.Asked.ID || again != secret {
		w.t.Errorf("a second press asks again: %v", err)
	}
	if list, err := w.d.Hooks(ctx, system); err != nil || len(list) != 0 {
		w.t.Errorf("it sends before anybody agreed: %v", err)
	}
	var wait sync.WaitGroup
	errs := make([]error, 2)
	for i, person := range []string{"county-data-second", "county-data-security"} {
		wait.Go(func() { _, _, errs[i] = w.d.Decide(ctx, w.staff(person), h.Asked.ID, true, "看过合同") })
	}
	wait.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		w.t.Errorf("of two who agreed at once: %v, %v", errs[0], errs[1])
	}
	if list, err := w.d.Hooks(ctx, system); err != nil || len(list) != 1 || list[0].ID != h.ID {
		w.t.Errorf("after it was agreed to: %+v %v", list, err)
	}
}

// staleYear: what somebody agrees to is what stood when it was asked.
func (w *world) staleYear() {
	ctx, system, second := w.t.Context(), w.staff("county-data-system"), w.staff("county-data-second")
	const year = "year: 2027\nsource: 通知\noff:\n  - {from: 2027-01-01, to: 2027-01-03, name: 元旦}\n"
	_, first, err := w.d.Publish(ctx, system, year, "国务院办公厅通知")
	w.must(err)
	_, other, err := w.d.Publish(ctx, system, strings.Replace(year, "01-03", "01-02", 1), "国务院办公厅通知")
	w.must(err)
	_, _, err = w.d.Decide(ctx, second, other.ID, true, "逐日核对过")
	w.must(err)
	if !w.d.Calendar().Published(2027) || w.d.Calendar().Name("2027-01-02") == "" || w.d.Calendar().Name("2027-01-03") != "" {
		w.t.Error("the calendar that was agreed to does not stand")
	}
	_, _, err = w.d.Decide(ctx, second, first.ID, true, "逐日核对过")
	w.refusal(err, "calendar-changed")
	if a, err := w.d.Withdraw(ctx, system, first.ID); err != nil || a.State != desk.Withdrawn {
		w.t.Errorf("withdrawn: %v %v", a.State, err)
	}
}

// nobodyElse: a lone administrator is told what to do.
func (w *world) nobodyElse() {
	ctx := w.t.Context()
	w.must(w.d.DB.Write(ctx, func(tx *db.Tx) error {
		for _, person := range []string{"county-data-second", "county-data-security"} {
			if err := actor.EndPost(ctx, tx, person, calendar.DayOf(w.now).Add(-1)); err != nil {
				return err
			}
		}
		return nil
	}))
	w.must(w.d.Offices.Reload(ctx, w.d.DB, w.d.Today()))
	_, _, err := w.d.MakeHook(ctx, w.staff("county-data-system"), "大屏二", "https://two.example/in", nil, "理由")
	w.refusal(err, "no-second-person")
	if r, _ := words.AsRefusal(err); !strings.Contains(r.Way, "--eyes off") {
		w.t.Errorf("the way out: %s", r.Way)
	}
}
