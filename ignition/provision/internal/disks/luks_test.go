package disks

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestRaidTranscript(t *testing.T) {
	l := newLab(t)
	for i := range 4 {
		l.dev(fmt.Sprint("b", i), mib)
	}
	l.must(l.disks(`{"raid":[{"name":"/dev/md/x","level":"raid5","spares":1,"options":["--metadata=1.0","--verbose"],
		"devices":["DEV/b0","DEV/b1","DEV/b2","DEV/b3"]},{"name":"y","level":"raid0","devices":["DEV/b0","DEV/b1"]}]}`))
	l.expect(
		"mdadm --create /dev/md/x --force --run --homehost any --level raid5 --raid-devices 3 --spare-devices 1 --metadata=1.0 --verbose A/dev/b0 A/dev/b1 A/dev/b2 A/dev/b3",
		"mdadm --create y --force --run --homehost any --level raid0 --raid-devices 2 A/dev/b0 A/dev/b1",
	)
	if got := l.waited[1:]; fmt.Sprint(got) != "[/dev/md/x /dev/md/y]" {
		t.Errorf("waited %q", got)
	}
}

var keyName = regexp.MustCompile(`\S*ignition-luks-\d+`)

// luksLines are the programs with the temporary key called KEY.
func (l *lab) luksLines() string {
	return keyName.ReplaceAllString(strings.Join(l.lines(), "\n"), "KEY")
}

// notLuks answers that nothing is LUKS.
func notLuks(c run.Cmd) (run.Reply, bool) {
	return run.Reply{Exit: 1}, c.Name == "cryptsetup" && c.Args[0] == "isLuks"
}

func TestLuksTranscripts(t *testing.T) {
	const no = "cryptsetup isLuks A/dev/b0 --type luks2\ncryptsetup isLuks A/dev/b0\n"
	const open = "cryptsetup luksOpen A/dev/b0 r --key-file KEY --persistent"
	const settle = "udevadm trigger --settle /dev/b0"
	const format = "cryptsetup luksFormat --type luks2 --key-file KEY A/dev/b0\n"
	for _, c := range []struct{ name, luks, want, state string }{
		{"key file, names, options", `"keyFile":{"source":"data:,secret"},"label":"LB","uuid":"u-u","options":["--cipher","aes"],"discard":true,"openOptions":["--perf-no_read_workqueue"]`,
			no + "cryptsetup luksFormat --type luks2 --key-file KEY --label LB --uuid u-u --cipher aes A/dev/b0\n" + open + " --allow-discards --perf-no_read_workqueue\n" + settle,
			"data:text/plain;charset=utf-8;base64,ZGF0YTosc2VjcmV0"},
		{"no key", `"label":""`, no + format + open + "\n" + settle, "data:text/plain;charset=utf-8;base64,"},
		{"wiped", `"wipeVolume":true`, "wipefs -a A/dev/b0\n" + format + open + "\n" + settle, "data:text/plain"},
		{"tpm2 and tang with advertisements", `"clevis":{"tpm2":true,"threshold":2,"tang":[
			{"url":"http://127.0.0.1:1/","thumbprint":"TP","advertisement":"{\"payload\": \"x\"}"},
			{"url":"http://127.0.0.1:2/","thumbprint":"TP","advertisement":"{\"payload\": \"x\"}"}]}`,
			no + format + open + "\n" + `clevis luks bind -f -k KEY -d A/dev/b0 sss '{"pins":{"tang":[{"url":"http://127.0.0.1:1/","thp":"TP","adv":{"payload":"x"}},{"url":"http://127.0.0.1:2/","thp":"TP","adv":{"payload":"x"}}],"tpm2":{}},"t":2}'` +
				"\ncryptsetup luksRemoveKey A/dev/b0 KEY\n" + settle, ""},
		{"tpm2 alone", `"clevis":{"tpm2":true}`,
			no + format + open + "\n" + `clevis luks bind -f -k KEY -d A/dev/b0 sss '{"pins":{"tpm2":{}},"t":1}'` +
				"\ncryptsetup luksClose r\nclevis luks unlock -d A/dev/b0 -n r\ncryptsetup luksRemoveKey A/dev/b0 KEY\n" + settle, ""},
		{"tang alone, with the user's key", `"keyFile":{"source":"k"},"clevis":{"tang":[{"url":"http://h/x","thumbprint":"T"}]}`,
			no + format + open + "\n" + `clevis luks bind -f -k KEY -d A/dev/b0 sss '{"pins":{"tang":[{"url":"http://h/x","thp":"T"}]},"t":1}'` +
				"\ncryptsetup luksClose r\nclevis luks unlock -d A/dev/b0 -n r\n" + settle, "data:text/plain;charset=utf-8;base64,aw=="},
		{"custom pin", `"clevis":{"custom":{"pin":"tang","config":"{\"url\":\"u\"}","needsNetwork":true}}`,
			no + format + open + "\n" + `clevis luks bind -f -k KEY -d A/dev/b0 tang '{"url":"u"}'` + "\ncryptsetup luksRemoveKey A/dev/b0 KEY\n" + settle, ""},
		{"threshold of nothing", `"clevis":{"tpm2":true,"threshold":0}`,
			no + format + open + "\n" + `clevis luks bind -f -k KEY -d A/dev/b0 sss '{"pins":{"tpm2":{}},"t":0}'` +
				"\ncryptsetup luksClose r\nclevis luks unlock -d A/dev/b0 -n r\ncryptsetup luksRemoveKey A/dev/b0 KEY\n" + settle, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			t.Setenv("TMPDIR", l.dir)
			l.dev("b0", mib)
			l.reply = notLuks
			l.must(l.disks(`{"luks":[{"name":"r","device":"DEV/b0",` + c.luks + `}]}`))
			if got := l.luksLines(); got != c.want {
				t.Errorf("programs\n got %s\nwant %s", got, c.want)
			}
			key, ok := l.h.State.LuksPersistKeyFiles["r"]
			if ok != (c.state != "") || !strings.HasPrefix(key, c.state) {
				t.Errorf("state %q", key)
			}
			if c.name == "no key" && len(key) < 8192*4/3 {
				t.Errorf("an ephemeral key of %d characters", len(key))
			}
			if left, _ := filepath.Glob(l.dir + "/ignition-luks-*"); len(left) > 0 {
				t.Errorf("keys were left: %q", left)
			}
			for _, secret := range []string{"secret", "ZGF0", key} {
				if secret != "" && strings.Contains(l.log.String(), secret) {
					t.Errorf("%q is in the log", secret)
				}
			}
		})
	}
}

func TestLuksFetchesMissingAdvertisements(t *testing.T) {
	l := newLab(t)
	l.dev("b0", mib)
	l.reply = notLuks
	l.must(l.disks(`{"luks":[{"name":"r","device":"DEV/b0","clevis":{"threshold":2,"tang":[{"url":"http://h/x","thumbprint":"T"},{"url":"http://i","thumbprint":"T","advertisement":"{}"}]}}]}`))
	if got := fmt.Sprint(l.waited[1:]); got != "[fetch http://h/x/adv]" {
		t.Errorf("%s", got)
	}
	if strings.Contains(l.luksLines(), "luksClose") {
		t.Error("an unlock was tested that cannot succeed")
	}
}

// TestRealLuks formats with the real cryptsetup and reuses what it made; opening
// needs the device mapper and is left out.
func TestRealLuks(t *testing.T) {
	testutil.Root(t) // cryptsetup locks headers in a folder of root's
	testutil.Tool(t, "cryptsetup")
	l := newLab(t)
	l.real["cryptsetup"], l.real["wipefs"] = true, true
	l.reply = func(c run.Cmd) (run.Reply, bool) {
		return run.Reply{}, c.Name == "cryptsetup" && c.Args[0] == "luksOpen"
	}
	dev := l.dev("b0", 32*mib)
	storage := func(more string) string {
		return `{"luks":[{"name":"r","device":"DEV/b0","keyFile":{"source":"k"},"label":"LB",` + more +
			`"options":["--pbkdf","pbkdf2","--pbkdf-force-iterations","1000"]}],
			"filesystems":[{"device":"/dev/mapper/r","format":"xfs"}]}`
	}
	cfg := l.config(storage(""))
	cfg.Storage.Filesystems = nil
	l.must(Disks(t.Context(), l.h, cfg))
	if res := probeFile(t, dev); res.Type != "crypto_LUKS" || res.Label != "LB" {
		t.Errorf("%+v", res)
	}
	n := len(l.lines())
	l.must(Disks(t.Context(), l.h, cfg))
	if got := l.lines()[n:]; len(got) != 3 || !strings.HasPrefix(got[2], "cryptsetup luksOpen") {
		t.Errorf("%q", got)
	}
	if got, want := l.plan(storage("")), "keep luks r ($.storage.luks.0)\nrun filesystem /dev/mapper/r ($.storage.filesystems.0)\n"; got != want {
		t.Errorf("%s", got)
	}
	if got, want := l.plan(storage(`"wipeVolume":true,`)), "format luks r destroys ($.storage.luks.0)\nformat filesystem /dev/mapper/r ($.storage.filesystems.0)\n"; got != want {
		t.Errorf("%s", got)
	}
	cfg.Storage.Luks[0].Discard = new(bool)
	*cfg.Storage.Luks[0].Discard = true
	if err := Disks(t.Context(), l.h, cfg); !errors.Is(err, errBadVolume) {
		t.Errorf("%v", err)
	}
	if got := l.plan(storage(`"discard":true,`)); !strings.HasPrefix(got, "fail luks r ") {
		t.Errorf("%s", got)
	}
}

// TestLuksReuse has a volume and asks for it in several ways.
func TestLuksReuse(t *testing.T) {
	const key = `"keyFile":{"source":"k"}`
	for _, c := range []struct{ luks, want string }{
		{key, ""},
		{key + `,"label":"crypt l","uuid":"6c5a3e1f-0000-4000-8000-00000000a1b2"`, ""},
		{key + `,"label":"other"`, `volume label "crypt l" doesn't match expected label "other"`},
		{key + `,"uuid":"6C5A3E1F-0000-4000-8000-00000000a1b2"`, "doesn't match expected UUID"},
		{key + `,"discard":true`, "volume allow-discards flag false doesn't match expected value true"},
		{key + `,"clevis":{"tpm2":true}`, "config must not specify clevis binding"},
		{`"label":"crypt l"`, "config must specify keyfile"},
		{`"keyFile":{"source":"bad"}`, "failed to open device using specified keyfile"},
	} {
		l := newLab(t)
		dev := l.dev("b0", 32*mib)
		l.put(dev, 0, luks2Header(`{"config":{"flags":["no-read-workqueue"]}}`))
		l.reply = func(cmd run.Cmd) (run.Reply, bool) {
			switch cmd.Args[0] {
			case "luksUUID":
				return run.Reply{Stdout: "6c5a3e1f-0000-4000-8000-00000000a1b2\n"}, true
			case "luksDump":
				return run.Reply{Stdout: `{"config":{"flags":["no-read-workqueue"]}}`}, true
			case "luksOpen":
				if k, _ := os.ReadFile(cmd.Args[4]); string(k) != "k" {
					return run.Reply{Exit: 2}, true
				}
			}
			return run.Reply{}, false
		}
		storage := `{"luks":[{"name":"r","device":"DEV/b0",` + c.luks + `}]}`
		steps := l.plan(storage)
		l.expect()
		if fails := strings.HasPrefix(steps, "fail"); fails != (c.want != "" && !strings.Contains(c.want, "failed to open")) {
			t.Errorf("%s: plan %s", c.luks, steps)
		}
		err := l.disks(storage)
		lines := l.luksLines()
		if c.want == "" {
			if err != nil || !strings.HasSuffix(lines, "cryptsetup luksOpen A/dev/b0 r --key-file KEY --persistent") {
				t.Errorf("%s: %v, %s", c.luks, err, lines)
			}
		} else if !errors.Is(err, errBadVolume) || !strings.Contains(l.log.String(), strings.ReplaceAll(c.want, `"`, `\"`)) {
			t.Errorf("%s: %v, log %s", c.luks, err, l.log)
		}
		if strings.Contains(lines, "luksFormat") || strings.Contains(lines, "wipefs") {
			t.Errorf("%s: destroyed", c.luks)
		}
	}
}

// luks2Header is a header of 16 KiB, with a label and a UUID.
func luks2Header(meta string) []byte {
	b := make([]byte, 16<<10)
	copy(b, "LUKS\xba\xbe\x00\x02\x00\x00\x00\x00\x00\x00\x40\x00")
	copy(b[24:], "crypt l")
	copy(b[72:], "sha256")
	copy(b[168:], "6c5a3e1f-0000-4000-8000-00000000a1b2")
	copy(b[4096:], meta)
	sum := sha256.Sum256(b)
	copy(b[448:], sum[:])
	return b
}

func (l *lab) put(path string, off int64, b []byte) {
	l.t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	l.must(err)
	_, err = f.WriteAt(b, off)
	l.must(err)
	l.must(f.Close())
}

// TestLuksIsPlannedByItsHeader: the plan says what the stage will do.
func TestLuksIsPlannedByItsHeader(t *testing.T) {
	luks1 := append([]byte("LUKS\xba\xbe\x00\x01"), make([]byte, 584)...)
	damaged := luks2Header(`{}`)
	damaged[5000] = 1
	discards := luks2Header(`{"config":{"flags":["allow-discards"]}}`)
	for _, c := range []struct {
		name   string
		header []byte
		luks   string
		want   string // of the step
		verb   plan.Verb
	}{
		{"version 1", luks1, ``, "is a luks device but not luks2; Ignition cannot reuse it", plan.Fail},
		{"version 1, wiped", luks1, `,"wipeVolume":true`, "", plan.Format},
		{"damaged", damaged, ``, "is not of the correct type (found crypto_LUKS)", plan.Fail},
		{"discards", discards, ``, "volume allow-discards flag true doesn't match expected value false", plan.Fail},
		{"discards wanted", discards, `,"discard":true`, "", plan.Keep},
		{"discards missing", luks2Header(`{}`), `,"discard":true`, "volume allow-discards flag false doesn't match expected value true", plan.Fail},
		{"empty label", luks2Header(`{}`), `,"label":""`, "doesn't match expected label", plan.Fail},
	} {
		l := newLab(t)
		l.put(l.dev("b0", 32*mib), 0, c.header)
		p, err := PlanDisks(t.Context(), l.h, l.config(`{"luks":[{"name":"r","device":"DEV/b0","keyFile":{"source":"k"}`+c.luks+`}]}`))
		l.must(err)
		if s := p.Steps[0]; s.Verb != c.verb || !strings.Contains(s.Detail, c.want) {
			t.Errorf("%s: %s %s", c.name, s.Verb, s.Detail)
		}
	}
}

// TestKeysStayOutOfErrors has programs that show the key which they are given.
func TestKeysStayOutOfErrors(t *testing.T) {
	const key = " hunter2secret\n"
	for _, c := range []struct{ fails, luks string }{
		{"cryptsetup luksFormat", ``},
		{"cryptsetup luksOpen", ``},
		{"clevis luks", `,"clevis":{"tpm2":true}`},
		{"clevis luks", `,"clevis":{"custom":{"pin":"x","config":"hunter2config"}}`},
		{"cryptsetup luksClose", `,"clevis":{"tpm2":true}`},
		{"cryptsetup luksRemoveKey", `,"clevis":{"tpm2":true}`},
		{"zkey-cryptsetup setvp", `,"cex":{"enabled":true}`},
	} {
		for _, show := range []string{key, strings.TrimSpace(key), "bad: " + key + key} {
			l := newLab(t)
			t.Setenv("TMPDIR", l.dir)
			l.dev("b0", mib)
			l.write("luks/cex.key", key)
			l.write("zkey/ignition-luks-r.skey", "s")
			l.write("sys/bus/ap/devices/01.0002/uevent", "MODE=cca\n")
			l.reply = func(cmd run.Cmd) (run.Reply, bool) {
				if cmd.Name+" "+cmd.Args[0] != c.fails {
					return notLuks(cmd)
				}
				file := keyName.FindString(strings.Join(cmd.Args, " "))
				if b, err := os.ReadFile(file); file != "" && err == nil && len(b) == 8192 {
					show = string(b)
				}
				return run.Reply{Exit: 1, Stdout: show + " hunter2config", Stderr: "cannot use " + show}, true
			}
			source := `,"keyFile":{"source":" hunter2secret\n"}`
			if strings.Contains(c.fails, "RemoveKey") || strings.Contains(c.luks, "cex") {
				source = ""
			}
			err := l.disks(`{"luks":[{"name":"r","device":"DEV/b0"` + source + c.luks + `}]}`)
			if err == nil || !strings.Contains(err.Error(), "<redacted>") {
				t.Fatalf("%s: %v", c.fails, err)
			}
			if step, ok := errors.AsType[*plan.StepError](err); !ok || step.Step.Entry != "$.storage.luks.0" {
				t.Errorf("%s: error without the entry: %#v", c.fails, err)
			}
			secret := strings.TrimSpace(show)
			if len(secret) < 8192 {
				secret = "hunter2secret"
			}
			for _, text := range []string{err.Error(), l.log.String()} {
				if strings.Contains(text, secret) || strings.Contains(c.luks, "custom") && strings.Contains(text, "hunter2config") {
					t.Errorf("%s: the key is shown: %.300s", c.fails, text)
				}
			}
		}
	}
	if got := keySecrets([]byte("k\n")); got != nil { // would be found everywhere
		t.Errorf("%q", got)
	}
}

func TestLuksRefusesOtherContent(t *testing.T) {
	l := newLab(t)
	l.dev("b0", mib)
	l.reply = func(c run.Cmd) (run.Reply, bool) { return run.Reply{Exit: 1}, len(c.Args) == 4 } // LUKS, but not 2
	wantError(t, l.disks(`{"luks":[{"name":"r","device":"DEV/b0"}]}`), "is a luks device but not luks2; Ignition cannot reuse it")

	l = newLab(t)
	l.reply = notLuks
	swap := l.dev("b0", mib)
	b := make([]byte, 4096)
	b[1024], b[1028] = 1, 10
	copy(b[4086:], "SWAPSPACE2")
	f, err := os.OpenFile(swap, os.O_WRONLY, 0)
	l.must(err)
	f.Write(b)
	l.must(f.Close())
	err = l.disks(`{"luks":[{"name":"r","device":"DEV/b0"}]}`)
	if !errors.Is(err, errBadVolume) || !strings.Contains(l.log.String(), "(found swap) and a volume wipe was not requested") {
		t.Errorf("%v, %s", err, l.log)
	}
	l.reply = func(run.Cmd) (run.Reply, bool) { return run.Reply{Err: os.ErrNotExist}, true }
	if err := l.disks(`{"luks":[{"name":"r","device":"DEV/b0"}]}`); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a cryptsetup that is missing is no answer: %v", err)
	}
}

func TestCryptoExpress(t *testing.T) {
	l := newLab(t)
	l.dev("b0", mib)
	l.write("luks/cex.key", "card")
	for name, mode := range map[string]string{"01.0002": "cca", "02.0002": "ep11", "03.0001": "cca", "04.0001": "cca"} {
		l.write("sys/bus/ap/devices/"+name+"/uevent", "DEVTYPE=ap_queue\nMODE="+mode+"\n")
		l.write("sys/bus/ap/devices/"+name+"/online", "1\n")
	}
	l.write("sys/bus/ap/devices/card01/uevent", "MODE=cca\n")
	l.write("sys/bus/ap/devices/04.0001/online", "0\n")
	l.reply = func(c run.Cmd) (run.Reply, bool) {
		if c.Name == "zkey" {
			l.write("zkey/ignition-luks-r.skey", strings.Repeat("k", 272))
			l.write("zkey/ignition-luks-r.info", "info")
		}
		return notLuks(c)
	}
	l.must(l.disks(`{"luks":[{"name":"r","device":"DEV/b0","cex":{"enabled":true}}]}`))
	l.expect(
		"cryptsetup isLuks A/dev/b0 --type luks2", "cryptsetup isLuks A/dev/b0",
		"zkey generate --name ignition-luks-r --key-type CCA-AESCIPHER --xts --description 'Secure Key for r Volume' --apqns 01.0002,03.0001",
		"cryptsetup luksFormat --type luks2 --key-file /luks/cex.key A/dev/b0 --volume-key-file /zkey/ignition-luks-r.skey --cipher paes-xts-plain64 --key-size 2176",
		"zkey-cryptsetup setvp A/dev/b0 --key-file /luks/cex.key",
		"cryptsetup luksOpen A/dev/b0 r --key-file /luks/cex.key --persistent",
		"udevadm trigger --settle /dev/b0",
	)
	st := l.h.State
	if st.LuksPersistKeyFiles["r"] == "" || len(st.LuksPersistVolumeKeyFiles) != 2 || st.LuksPersistVolumeKeyFiles["ignition-luks-r.info"] != "data:text/plain;charset=utf-8;base64,aW5mbw==" {
		t.Errorf("%v", st.LuksPersistVolumeKeyFiles)
	}
	if st, err := os.Stat(l.dir + "/zkey"); err != nil || st.Mode().Perm() != 0o700 {
		t.Error(err)
	}
}
