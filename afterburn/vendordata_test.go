package afterburn

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	bundleHead = "Content-Type: multipart/mixed; boundary=XX\nMIME-Version: 1.0\n\n"
	keysHead   = "--XX\nContent-Type: text/cloud-config\n"
	bundleEnd  = "\n--XX--\n"
)

func TestKeysPart(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte("ssh_authorized_keys: [b64]"))
	for name, test := range map[string][2]string{
		"plain":           {bundleHead + keysHead + "\nssh_authorized_keys: [a]" + bundleEnd, "ssh_authorized_keys: [a]"},
		"form data":       {"content-type: Multipart/Form-Data; boundary=XX\n\npreamble\n" + keysHead + "\nssh_authorized_keys" + bundleEnd, "ssh_authorized_keys"},
		"quoted boundary": {`Content-Type: multipart/mixed; boundary="XX"` + "\n\n" + keysHead + "\nssh_authorized_keys" + bundleEnd, "ssh_authorized_keys"},
		"odd boundary": {"Content-Type: multipart/mixed; x; boundary===X==\n\n--==X==\nX: text/cloud-config\n\nssh_authorized_keys\n--==X==--\n",
			"ssh_authorized_keys"},
		"folded header":    {"MIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=XX\n\n" + keysHead + "\nssh_authorized_keys" + bundleEnd, "ssh_authorized_keys"},
		"line of a mbox":   {"From nobody\n" + bundleHead + keysHead + "\nssh_authorized_keys" + bundleEnd, "ssh_authorized_keys"},
		"CRLF":             {strings.ReplaceAll(bundleHead+keysHead+"\nssh_authorized_keys:\n- a"+bundleEnd, "\n", "\r\n"), "ssh_authorized_keys:\n- a"},
		"other header":     {bundleHead + "--XX\nX-Kind: text/cloud-config\nContent-Type: text/plain\n\nssh_authorized_keys" + bundleEnd, "ssh_authorized_keys"},
		"no last boundary": {bundleHead + keysHead + "\nssh_authorized_keys: [a]\n", "ssh_authorized_keys: [a]"},
		"last one wins":    {bundleHead + keysHead + "\nssh_authorized_keys: 1\n" + keysHead + "\nssh_authorized_keys: 2" + bundleEnd, "ssh_authorized_keys: 2"},
		"last with keys":   {bundleHead + keysHead + "\nssh_authorized_keys: 1\n" + keysHead + "\nusers: []" + bundleEnd, "ssh_authorized_keys: 1"},
		"base64":           {bundleHead + keysHead + "Content-Transfer-Encoding: BASE64\n\n" + b64[:10] + "\n " + b64[10:] + bundleEnd, "ssh_authorized_keys: [b64]"},
		"quoted-printable": {bundleHead + keysHead + "Content-Transfer-Encoding: quoted-printable\n\nssh_authorized_=\nkeys:=20[a]" + bundleEnd, "ssh_authorized_keys: [a]"},
		"8bit":             {bundleHead + keysHead + "Content-Transfer-Encoding: 8bit\n\nssh_authorized_keys: é" + bundleEnd, "ssh_authorized_keys: é"},
		"latin 1":          {bundleHead + keysHead + "\nssh_authorized_keys: \xe9" + bundleEnd, "ssh_authorized_keys: é"},
		"empty parts":      {bundleHead + "--XX\nContent-Type: text/x\n\n--XX\nX: y\n\n\n" + keysHead + "\nssh_authorized_keys\n--XX\n\n--XX\n--XX--", "ssh_authorized_keys"},
		"bytes elsewhere":  {bundleHead + "--XX\n\n\xff\xfe\x00\n" + keysHead + "\nssh_authorized_keys" + bundleEnd, "ssh_authorized_keys"},

		"charset":          {bundleHead + "--XX\nContent-Type: text/cloud-config; charset=utf-8\n\nssh_authorized_keys" + bundleEnd, ""},
		"case":             {bundleHead + "--XX\nContent-Type: Text/Cloud-Config\n\nssh_authorized_keys" + bundleEnd, ""},
		"no header":        {bundleHead + "--XX\n\nssh_authorized_keys" + bundleEnd, ""},
		"no keys":          {bundleHead + keysHead + "\nusers: []" + bundleEnd, ""},
		"nested":           {"Content-Type: multipart/mixed; boundary=YY\n\n--YY\n" + bundleHead + keysHead + "\nssh_authorized_keys" + bundleEnd + "--YY--\n", ""},
		"no boundary":      {"Content-Type: multipart/mixed\n\n" + keysHead + "\nssh_authorized_keys" + bundleEnd, ""},
		"no parts":         {bundleHead, ""},
		"not multipart":    {"Content-Type: text/cloud-config\n\nssh_authorized_keys: [a]\n", ""},
		"no MIME":          {"#cloud-config\nssh_authorized_keys: [a]\n", ""},
		"empty":            {"", ""},
		"empty first line": {"\n" + bundleHead + keysHead + "\nssh_authorized_keys" + bundleEnd, ""},
		"bad base64":       {bundleHead + keysHead + "Content-Transfer-Encoding: base64\n\n!!!" + bundleEnd, "failed to get cloud-config content: "},
		"cut header":       {bundleHead + keysHead, "failed to parse MIME vendor-data: "},
		"bad part":         {bundleHead + "--XX\nno header\n\nssh_authorized_keys" + bundleEnd, "failed to parse MIME vendor-data: "},
	} {
		got, err := keysPart([]byte(test[0]))
		if err != nil {
			if got = err.Error(); !strings.HasPrefix(got, test[1]) || test[1] == "" {
				t.Errorf("%s: %v", name, err)
			}
		} else if got != test[1] {
			t.Errorf("%s: %q, want %q", name, got, test[1])
		}
	}
}

// A bundle that is as large and as bad as it can be costs little time and memory.
func TestBundlesAreBounded(t *testing.T) {
	fill := func(s string) string { return strings.Repeat(s, bundleLimit/len(s)) }
	for name, text := range map[string]string{
		"empty parts":       bundleHead + fill("--XX\n\n"),
		"parts of keys":     bundleHead + fill(keysHead+"\nssh_authorized_keys\n"),
		"almost boundaries": bundleHead + "--XX\n\n" + fill("--X\n"),
		"boundary prefixes": bundleHead + "--XX\n\n" + fill("\n--XXX"),
		"one line":          bundleHead + "--XX\n\n" + fill("x"),
		"dashes":            bundleHead + "--XX\n\n" + fill("-"),
		"long header":       bundleHead + "--XX\nX: " + fill("x"),
		"many headers":      bundleHead + "--XX\n" + fill("X: y\n"),
		"folded header":     fill("Content-Type: x\n y\n"),
		"folds":             "Content-Type: x\n" + fill(" y\n"),
		"parameters":        "Content-Type: multipart/mixed" + fill("; a=b"),
		"long boundary":     "Content-Type: multipart/mixed; boundary=" + strings.Repeat("-", bundleLimit/2) + "\n\n" + strings.Repeat("-", bundleLimit/2),
		"base64":            bundleHead + keysHead + "Content-Transfer-Encoding: base64\n\n" + fill("QUFB\n"),
		"quoted-printable":  bundleHead + keysHead + "Content-Transfer-Encoding: quoted-printable\n\n" + fill("=\n"),
		"CR":                bundleHead + "--XX\n\n" + fill("\r"),
		"yaml":              bundleHead + keysHead + "\nssh_authorized_keys: [" + fill("[],"),
	} {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		part, err := keysPart([]byte(text[:min(len(text), bundleLimit)]))
		if err == nil && part != "" {
			_, _ = parseKeysPart(part)
		}
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		grown := (after.TotalAlloc - before.TotalAlloc) >> 20
		if took > 2*time.Minute || grown > 2000 {
			t.Errorf("%s: %v, %d MiB", name, took, grown)
		}
		t.Logf("%-18s %8v %4d MiB", name, took.Round(time.Millisecond), grown)
	}
}

func FuzzKeysPart(f *testing.F) {
	for _, seed := range []string{
		bundleHead + keysHead + "\nssh_authorized_keys:\n- a" + bundleEnd,
		bundleHead + keysHead + "Content-Transfer-Encoding: base64\n\nc3NoX2F1dGhvcml6ZWRfa2V5cw==" + bundleEnd,
		`Content-Type: multipart/form-data; boundary="a b"` + "\r\n\r\n--a b\r\n" + keysHead[5:] + "\r\nssh_authorized_keys\r\n--a b--",
		"Content-Type: multipart/mixed;\n boundary===\n\n--==\nX: text/cloud-config\n\nssh_authorized_keys",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := keysPart(data)
		if err != nil || got == "" {
			if err != nil && got != "" {
				t.Error("a part and an error")
			}
			return
		}
		if !strings.Contains(got, "ssh_authorized_keys") || !bytes.Contains(bytes.ToLower(data), []byte("text/cloud-config")) {
			t.Errorf("part %q of %q", got, data)
		}
		// What was found is found again in a bundle of its own.
		text := base64.StdEncoding.EncodeToString([]byte(got))
		again, err := keysPart(fmt.Appendf(nil, "%s%sContent-Transfer-Encoding: base64\n\n%s%s", bundleHead, keysHead, text, bundleEnd))
		if err != nil || again != got {
			t.Errorf("%q became %q, %v", got, again, err)
		}
		if lines, err := parseKeysPart(got); err == nil && len(strings.Join(lines, "")) > 10*len(data)+1000 {
			t.Errorf("%d lines of %d bytes", len(lines), len(data))
		}
	})
}
