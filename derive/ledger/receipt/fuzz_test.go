package receipt_test

import (
	"testing"

	"jishi/base/words"
	"jishi/derive/ledger/receipt"
)

// FuzzRead: whatever is shown as a receipt, it is checked or refused with a sentence, and what nobody signed is never good.
func FuzzRead(f *testing.F) {
	for _, text := range []string{`{}`, `{"format":"jishi receipt v1","promise":"x","said":[{"name":"what","text":"灯坏了"}],"keys":[{"key":"a+1a2b3c4d+AAAA"}],"proof":"c2sp.org/tlog-proof@v1\nindex 0\n"}`,
		`{"format":"jishi receipt v1","keys":[],"witnessed":["\n\n— x AAAA"]}`, `[1]`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := receipt.Read(text)
		if err != nil {
			if _, ok := words.AsRefusal(err); !ok {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		_, list := receipt.Check(r, "", nil)
		if len(list) == 0 {
			t.Fatal("nothing was found out")
		}
		for _, found := range list {
			if found.Say(words.ZH) == "" {
				t.Fatalf("%s says nothing", found.Code)
			}
		}
		if trusted := "jishi.example/ledger+1a2b3c4d+ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8B"; true {
			if _, list := receipt.Check(r, trusted, nil); list[0].OK {
				t.Fatalf("a key that nobody has vouches for it: %s", text)
			}
		}
	})
}
