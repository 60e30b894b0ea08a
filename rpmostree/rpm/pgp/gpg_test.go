package pgp_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
)

// gpg is a GnuPG home directory.
type gpg struct {
	t    *testing.T
	prog string
	env  []string
	home string
}

func newGPG(t *testing.T) *gpg {
	t.Helper()
	g := &gpg{t: t, prog: testutil.Tool(t, "gpg")}
	// Sockets need short paths.
	home, err := os.MkdirTemp("", "g")
	if err != nil {
		t.Fatal(err)
	}
	g.home, g.env = home, []string{"GNUPGHOME=" + home}
	conf := testutil.Tool(t, "gpgconf")
	t.Cleanup(func() {
		// The test's context has ended.
		kill := exec.Command(conf, "--kill", "all")
		kill.Env = append(os.Environ(), g.env...)
		if err := kill.Run(); err != nil {
			t.Error(err)
		}
		os.RemoveAll(home)
	})
	return g
}

func (g *gpg) run(stdin string, args ...string) string {
	g.t.Helper()
	args = append([]string{"--batch", "--no-tty", "--yes", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"}, args...)
	return testutil.Run(g.t, &testutil.RunOptions{Env: g.env, Stdin: stdin, Must: true}, g.prog, args...).Stdout
}

// key makes a key and returns its fingerprint.
func (g *gpg) key(name, algo, usage, expire string, options ...string) string {
	g.t.Helper()
	g.run("", append(options, "--quick-gen-key", name, algo, usage, expire)...)
	return g.fingerprint(name)
}

func (g *gpg) fingerprint(name string) string {
	for line := range strings.Lines(g.run("", "--with-colons", "--list-keys", name)) {
		if f := strings.Split(line, ":"); f[0] == "fpr" {
			return f[9]
		}
	}
	g.t.Fatalf("no key %s", name)
	return ""
}

func (g *gpg) keyring(names ...string) *pgp.Keyring {
	g.t.Helper()
	k := new(pgp.Keyring)
	if err := k.Add([]byte(g.run("", append([]string{"--armor", "--export"}, names...)...))); err != nil {
		g.t.Fatal(err)
	}
	return k
}

const document = "first line\nsecond line\r\nthird line without end"

func verify(k *pgp.Keyring, data, sig string) error {
	return k.VerifyDetached(strings.NewReader(data), []byte(sig))
}

func TestGPGAlgorithms(t *testing.T) {
	g := newGPG(t)
	for algo, want := range map[string]string{
		"rsa2048": "V4 RSA/SHA512", "dsa1024": "V4 DSA/SHA", "ed25519": "V4 EdDSA/SHA256",
		"nistp256": "V4 ECDSA/SHA256", "nistp521": "V4 ECDSA/SHA512", "brainpoolP384r1": "V4 ECDSA/SHA384",
	} {
		fpr := g.key(algo, algo, "sign", "never")
		k := g.keyring(algo)
		for _, options := range [][]string{{}, {"--armor"}, {"--textmode"}, {"--armor", "--textmode"}, {"--digest-algo", "SHA512"}} {
			sig := g.run(document, append(options, "-u", algo, "--output", "-", "--detach-sign")...)
			if err := verify(k, document, sig); err != nil {
				t.Errorf("%s %s: %v", algo, options, err)
			}
			if err := verify(k, document+"!", sig); !errors.Is(err, pgp.ErrNotVerified) || !strings.Contains(err.Error(), "BAD") {
				t.Errorf("%s %s: other data: %v", algo, options, err)
			}
			if err := verify(new(pgp.Keyring), document, sig); !errors.Is(err, pgp.ErrNotVerified) || !strings.Contains(err.Error(), "NOKEY") {
				t.Errorf("%s %s: no key: %v", algo, options, err)
			}
			s, r := judge(t, k, []byte(sig), []byte(document))
			text := len(options) > 0 && options[len(options)-1] == "--textmode"
			if (r.Status == pgp.OK) == text {
				t.Errorf("%s %s: as in a package: %s", algo, options, r)
			}
			if !strings.EqualFold(s.Fingerprint, fpr) || !strings.EqualFold(s.KeyID, fpr[24:]) {
				t.Errorf("%s: made by %s %s, not %s", algo, s.Fingerprint, s.KeyID, fpr)
			}
			if len(options) == 0 && !strings.HasPrefix(s.String(), want) {
				t.Errorf("%s: %s", algo, s)
			}
		}
	}
	sig := g.run(document, "-u", "rsa2048", "-u", "ed25519", "--armor", "--output", "-", "--detach-sign")
	for _, name := range []string{"rsa2048", "ed25519"} {
		if err := verify(g.keyring(name), document, sig); err != nil {
			t.Errorf("two signatures, one key: %v", err)
		}
	}
	weak := g.run(document, "-u", "rsa2048", "--digest-algo", "SHA1", "--output", "-", "--detach-sign")
	k := g.keyring()
	if err := verify(k, document, weak); err != nil {
		t.Errorf("SHA-1: %v", err)
	}
	k.RejectSHA1 = true
	if err := verify(k, document, weak); err == nil {
		t.Error("SHA-1 was accepted")
	}
}

func TestGPGExpiry(t *testing.T) {
	g := newGPG(t)
	g.key("old", "ed25519", "sign", "2020-02-01", "--faked-system-time", "20200101T000000")
	k := g.keyring("old")
	if end := k.Keys()[0].Expires().Format("2006-01-02"); end != "2020-02-01" {
		t.Errorf("expires %s", end)
	}
	sign := func(when string) string {
		return g.run(document, "--faked-system-time", when, "-u", "old", "--output", "-", "--detach-sign")
	}
	early := sign("20200115T000000")
	if err := verify(k, document, early); err != nil {
		t.Errorf("signed in time: %v", err)
	}
	g.run("", "--faked-system-time", "20200120T000000", "--quick-set-expire", g.fingerprint("old"), "2030-01-01")
	late := sign("20250101T000000")
	if err := verify(k, document, late); err == nil || !strings.Contains(err.Error(), "NOTTRUSTED") {
		t.Errorf("signed too late: %v", err)
	}
	if err := verify(g.keyring("old"), document, late); err != nil {
		t.Errorf("extended key: %v", err)
	}
	// The extension takes effect on the copy that is there, also in the other order.
	for _, list := range [][]*pgp.Keyring{{k, g.keyring("old")}, {g.keyring("old"), k}} {
		var both pgp.Keyring
		for _, one := range list {
			if err := both.Add(one.Keys()[0].Raw()); err != nil {
				t.Fatal(err)
			}
		}
		if err := verify(&both, document, late); err != nil || len(both.Keys()) != 1 {
			t.Errorf("merged: %d keys, %v", len(both.Keys()), err)
		}
	}
}

func TestGPGRevoked(t *testing.T) {
	g := newGPG(t)
	fpr := g.key("gone", "ed25519", "sign", "never")
	sig := g.run(document, "-u", "gone", "--output", "-", "--detach-sign")
	before := g.keyring("gone")
	if err := verify(before, document, sig); err != nil {
		t.Fatal(err)
	}
	cert, err := os.ReadFile(filepath.Join(g.home, "openpgp-revocs.d", fpr+".rev"))
	if err != nil {
		t.Fatal(err)
	}
	_, armored, _ := strings.Cut(string(cert), "\n:---")
	g.run("---"+armored, "--import")
	after := g.keyring("gone")
	if !after.Keys()[0].Revoked() {
		t.Error("not revoked")
	}
	if err := verify(after, document, sig); err == nil || !strings.Contains(err.Error(), "NOTTRUSTED (key") {
		t.Errorf("revoked: %v", err)
	}
	// An older copy does not undo the revocation.
	if err := after.Add(before.Keys()[0].Raw()); err != nil {
		t.Fatal(err)
	}
	if err := verify(after, document, sig); err == nil {
		t.Error("an old copy has undone the revocation")
	}
}

func TestGPGSubkeys(t *testing.T) {
	g := newGPG(t)
	fpr := g.key("main", "ed25519", "cert", "never")
	g.run("", "--quick-add-key", fpr, "ed25519", "sign", "never")
	g.run("", "--quick-add-key", fpr, "cv25519", "encr", "never")
	k := g.keyring("main")
	if n := len(k.Keys()[0].SubkeyIDs()); n != 2 {
		t.Errorf("%d subkeys", n)
	}
	sig := g.run(document, "-u", "main", "--output", "-", "--detach-sign")
	s, r := judge(t, k, []byte(sig), []byte(document))
	if r.Status != pgp.OK || s.KeyID != k.Keys()[0].SubkeyIDs()[0] || r.Key.ID() == s.KeyID {
		t.Errorf("%s: %s", s, r)
	}
	// Without its binding the subkey is worth nothing.
	raw := k.Keys()[0].Raw()
	var unbound pgp.Keyring
	if err := unbound.Add(withoutBindings(raw)); err != nil {
		t.Fatal(err)
	}
	if _, r := judge(t, &unbound, []byte(sig), []byte(document)); r.Status != pgp.NotTrusted {
		t.Errorf("unbound: %s", r)
	}
	// Neither with a damaged one.
	var damaged pgp.Keyring
	if err := damaged.Add(withDamagedBindings(raw)); err != nil {
		t.Fatal(err)
	}
	if _, r := judge(t, &damaged, []byte(sig), []byte(document)); r.Status != pgp.NotTrusted {
		t.Errorf("damaged binding: %s", r)
	}
	g.run("key 1\nrevkey\ny\n0\n\ny\nsave\n", "--command-fd", "0", "--no-batch", "--edit-key", fpr)
	if err := verify(g.keyring("main"), document, sig); err == nil || !strings.Contains(err.Error(), "subkey") {
		t.Errorf("revoked subkey: %v", err)
	}
}

// bindings calls f with each signature behind a subkey and puts the results together; all
// packets are short and have old headers.
func bindings(raw []byte, f func([]byte) []byte) []byte {
	var out []byte
	sub := false
	for len(raw) > 0 {
		tag, n := raw[0]>>2&15, 2+int(raw[1])
		if raw[0]&3 == 1 {
			n = 3 + int(binary.BigEndian.Uint16(raw[1:]))
		}
		if sub = sub || tag == 14; sub && tag == 2 {
			out = append(out, f(bytes.Clone(raw[:n]))...)
		} else {
			out = append(out, raw[:n]...)
		}
		raw = raw[n:]
	}
	return out
}

func withoutBindings(raw []byte) []byte {
	return bindings(raw, func([]byte) []byte { return nil })
}

// withDamagedBindings changes the last bit, which is in the signature itself.
func withDamagedBindings(raw []byte) []byte {
	return bindings(raw, func(b []byte) []byte { b[len(b)-1] ^= 1; return b })
}

const spec = `Name: hello
Version: 1
Release: 1
Summary: s
License: l
BuildArch: noarch
%description
%files
`

// TestRPMSign compares our words with those of rpmkeys for packages that rpmsign has signed.
func TestRPMSign(t *testing.T) {
	rpmbuild, rpmsign, rpmkeys := testutil.Tool(t, "rpmbuild"), testutil.Tool(t, "rpmsign"), testutil.Tool(t, "rpmkeys")
	g := newGPG(t)
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/hello.spec", []byte(spec), 0o666); err != nil {
		t.Fatal(err)
	}
	must := &testutil.RunOptions{Must: true, Env: g.env}
	testutil.Run(t, must, rpmbuild, "-bb", "--quiet", "--define", "_topdir "+dir, dir+"/hello.spec")
	pkg := dir + "/RPMS/noarch/hello-1-1.noarch.rpm"
	var known pgp.Keyring
	for _, algo := range []string{"rsa2048", "ed25519", "dsa2048"} { // rpmsign knows no ECDSA
		g.key(algo, algo, "sign", "never")
		testutil.Run(t, must, rpmsign, "--resign", "--define", "_gpg_name "+algo, "--define", "__gpg "+g.prog, pkg)
		compareWithRPM(t, rpmkeys, dir, pkg, &known) // NOKEY
		armored := g.run("", "--armor", "--export", algo)
		if err := os.WriteFile(dir+"/key", []byte(armored), 0o666); err != nil {
			t.Fatal(err)
		}
		testutil.Run(t, must, rpmkeys, "--dbpath", dir+"/db", "--import", dir+"/key")
		if err := known.Add([]byte(armored)); err != nil {
			t.Fatal(err)
		}
		if s := compareWithRPM(t, rpmkeys, dir, pkg, &known); s != pgp.OK {
			t.Errorf("%s: %s", algo, s)
		}
	}
	// Both sides list the same keys.
	rpm := testutil.Tool(t, "rpm")
	list := testutil.Run(t, must, rpm, "--dbpath", dir+"/db", "-q", "gpg-pubkey").Stdout
	for _, key := range known.Keys() {
		if name := "gpg-pubkey-" + key.Version() + "-" + key.Release() + "\n"; !strings.Contains(list, name) {
			t.Errorf("%s is not among %s", name, list)
		}
	}
}

func compareWithRPM(t *testing.T, rpmkeys, dir, pkg string, k *pgp.Keyring) pgp.Status {
	t.Helper()
	b, err := os.ReadFile(pkg)
	if err != nil {
		t.Fatal(err)
	}
	sig, header := headerSignature(b)
	s, r := judge(t, k, sig, header)
	res := testutil.Run(t, nil, rpmkeys, "--dbpath", dir+"/db", "-Kv", pkg)
	if line := "    Header " + s.String() + ": " + r.Status.String() + "\n"; !strings.Contains(res.Stdout, line) {
		t.Errorf("%srpmkeys says\n%s", line, res.Stdout)
	}
	return r.Status
}

// headerSignature finds the signature of the header (tag 267 or 268) and the signed bytes.
func headerSignature(b []byte) (sig, header []byte) {
	u32 := func(o int) int { return int(binary.BigEndian.Uint32(b[o:])) }
	size := func(o int) int { return 16 + 16*u32(o+8) + u32(o+12) }
	for i := range u32(96 + 8) {
		entry := 96 + 16 + 16*i
		if tag := u32(entry); tag == 267 || tag == 268 {
			data := 96 + 16 + 16*u32(96+8) + u32(entry+8)
			sig = b[data : data+u32(entry+12)]
		}
	}
	start := 96 + (size(96)+7)/8*8
	return sig, b[start : start+size(start)]
}
