package notify_test

import (
	"net/netip"
	"testing"
	"time"

	"jishi/derive/notify"
)

// The published example of the Standard Webhooks libraries.
func TestTheSignatureIsThatOfTheScheme(t *testing.T) {
	key, err := notify.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1614265330, 0)
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := notify.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, []byte(`{"test": 2432232314}`), key); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	other := []byte("another key of thirty-two bytes.")
	if got := notify.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, []byte(`{"test": 2432232314}`), other, key); len(got) != 2*len(want)+1 || got[len(want)+1:] != want {
		t.Errorf("two keys sign %s", got)
	}
	if back, err := notify.ParseSecret(notify.Secret(other)); err != nil || string(back) != string(other) {
		t.Errorf("a secret does not come back: %q %v", back, err)
	}
	for _, bad := range []string{"", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_????", "whsec_AAAA"} {
		if _, err := notify.ParseSecret(bad); err == nil {
			t.Errorf("%q was taken for a secret", bad)
		}
	}
}

func TestWhatIsInsideIsNotDialled(t *testing.T) {
	inside := []string{"127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3",
		"224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0",
		"fc00::1", "fd12:3456::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "2001::1", "::127.0.0.1", "fec0::1"}
	for _, a := range inside {
		if notify.Outside(netip.MustParseAddr(a), nil) {
			t.Errorf("%s would be dialled", a)
		}
	}
	for _, a := range []string{"1.1.1.1", "114.114.114.114", "172.32.0.1", "100.128.0.1", "2400:3200::1", "::ffff:1.1.1.1"} {
		if !notify.Outside(netip.MustParseAddr(a), nil) {
			t.Errorf("%s would not be dialled", a)
		}
	}
	allowed := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	if !notify.Outside(netip.MustParseAddr("10.1.2.3"), allowed) || notify.Outside(netip.MustParseAddr("10.2.2.3"), allowed) {
		t.Error("the operator allowed 10.1.0.0/16 and nothing else")
	}
}

func TestAddressesThatAreRefusedWhenTheyAreTyped(t *testing.T) {
	allowed := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for address, good := range map[string]bool{
		"https://example.org/hook": true, "http://127.0.0.1:9000/": true, "https://127.0.0.1/": true,
		"http://example.org/": false, "https://user:secret@example.org/": false, "https://10.0.0.1/": false, "https://[::1]/": false, "ftp://example.org": false,
		"example.org": false, "": false, "https://": false, "http://localhost/": false, "https://example.org/#x": false,
	} {
		if why := notify.CheckURL(address, allowed); (why == "") != good {
			t.Errorf("%q: %q", address, why)
		}
	}
}

// The pauses grow, are spread, and end.
func TestTriesEndAfterThreeDays(t *testing.T) {
	total, tries := time.Duration(0), 1
	last := time.Duration(0)
	for n := 1; ; n++ {
		wait, more := notify.Pause(n)
		if !more {
			break
		}
		if wait <= last/2 || wait <= 0 {
			t.Errorf("after try %d: %s, after %s before", n, wait, last)
		}
		total, tries, last = total+wait, tries+1, wait
	}
	if tries != 9 || total < 40*time.Hour || total > 80*time.Hour {
		t.Errorf("%d tries over %s", tries, total)
	}
	a, _ := notify.Pause(8)
	spread := false
	for range 20 {
		b, _ := notify.Pause(8)
		spread = spread || a != b
	}
	if !spread {
		t.Error("what failed together comes back together")
	}
}
