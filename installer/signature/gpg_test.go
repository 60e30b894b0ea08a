package signature_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/signature"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// clock is when the test's keys and signatures are made: some of them expire before now.
var clock = time.Now().Add(-48 * time.Hour).Truncate(time.Second)

// gnupg runs the real gpg on a home directory of its own.
type gnupg struct {
	t    testing.TB
	home string
}

func newGnuPG(t testing.TB) *gnupg {
	t.Helper()
	testutil.Tool(t, "gpg")
	home, err := os.MkdirTemp("", "gs") // short: it holds sockets
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		_ = os.RemoveAll(home)
	})
	return &gnupg{t, home}
}

func (g *gnupg) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(g.t.Context(), "gpg", append([]string{"--homedir", g.home, "--no-tty"}, args...)...)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C", "LANG=C")
	return cmd
}

// run is for making keys and signatures, at the time of clock.
func (g *gnupg) run(input string, args ...string) []byte {
	g.t.Helper()
	at := fmt.Sprint(clock.Unix()) + "!" // standing still: the next step must not be earlier
	cmd := g.command(append([]string{"--batch", "--quiet", "--faked-system-time", at, "--passphrase", "", "--pinentry-mode", "loopback"}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(g.t, err, "gpg %v: %s", args, stderr.String())
	return out
}

func (g *gnupg) generate(user, algo, use, expire string) (fingerprint string) {
	g.t.Helper()
	g.run("", "--quick-gen-key", user, algo, use, expire)
	return g.fingerprint(user)
}

func (g *gnupg) fingerprint(user string) string {
	m := regexp.MustCompile(`(?m)^fpr:+([0-9A-F]{40}):`).FindSubmatch(g.run("", "--with-colons", "--list-keys", user))
	require.NotNil(g.t, m)
	return string(m[1])
}

// answer feeds the questions of an interactive command.
func (g *gnupg) answer(input string, args ...string) {
	g.t.Helper()
	cmd := g.command(append([]string{"--faked-system-time", fmt.Sprint(clock.Unix()) + "!", "--passphrase", "",
		"--pinentry-mode", "loopback", "--command-fd", "0", "--expert"}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	require.NoError(g.t, err, "%s", out)
}

// trustAll marks all keys as ultimately trusted.
func (g *gnupg) trustAll() {
	g.t.Helper()
	var trust strings.Builder
	for _, m := range regexp.MustCompile(`(?m)^pub:.*\nfpr:+([0-9A-F]{40}):`).FindAllSubmatch(g.run("", "--with-colons", "--list-keys"), -1) {
		fmt.Fprintf(&trust, "%s:6:\n", m[1])
	}
	g.run(trust.String(), "--import-ownertrust")
	g.run("", "--check-trustdb")
}

// verdict is what gpg says of a signature.
type verdict struct {
	exit     int
	good     bool // at least one signature is valid, neither it nor its key is expired or revoked, and none is bad
	messages []string
}

func (g *gnupg) verify(data, sig []byte) verdict {
	g.t.Helper()
	dir := g.t.TempDir()
	name, status := filepath.Join(dir, "sig"), filepath.Join(dir, "status")
	require.NoError(g.t, os.WriteFile(name, sig, 0o600))
	cmd := g.command("--batch", "--quiet", "--status-file", status, "--verify", name, "-")
	cmd.Stdin = bytes.NewReader(data)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); !ok {
		require.NoError(g.t, err)
	}
	log, err := os.ReadFile(status)
	require.NoError(g.t, err)
	return verdict{
		exit:     cmd.ProcessState.ExitCode(),
		good:     bytes.Contains(log, []byte("[GNUPG:] GOODSIG ")) && !bytes.Contains(log, []byte("[GNUPG:] BADSIG ")),
		messages: comparable(stderr.String()),
	}
}

// comparable drops the lines that are not about the signatures.
func comparable(text string) []string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return slices.DeleteFunc(lines, func(l string) bool {
		for _, p := range []string{"Primary key fingerprint:", "     Subkey fingerprint:", "gpg: reason for revocation", "gpg: checking the trustdb", "gpg: marginals needed", "gpg: depth:", "gpg: next trustdb check"} {
			if strings.HasPrefix(l, p) {
				return true
			}
		}
		return false
	})
}

// signed is a signature made by gpg.
type signed struct {
	name string
	sig  []byte
}

const document = "the image\r\nof a disk\n"

// makeSignatures makes keys of all kinds in g, and signatures over document.
func makeSignatures(t *testing.T, g *gnupg) []signed {
	var list []signed
	sign := func(name string, args ...string) []byte {
		t.Helper()
		sig := g.run(document, append(args, "--detach-sign")...)
		list = append(list, signed{name, sig})
		return sig
	}
	for _, algo := range []string{"rsa2048", "dsa2048", "ed25519", "nistp256", "nistp521"} {
		g.generate("User of "+algo+" (comment) <"+algo+"@example.com>", algo, "sign", "never")
		sign(algo, "-u", algo+"@example.com")
	}
	const rsa = "rsa2048@example.com"
	for _, digest := range []string{"SHA1", "RIPEMD160", "SHA224", "SHA384", "SHA512"} {
		sign("rsa2048 "+digest, "-u", rsa, "--digest-algo", digest)
	}
	sign("armored", "-u", rsa, "--armor")
	sign("text", "-u", rsa, "--textmode")
	sign("sender", "-u", rsa, "--sender", rsa)
	sign("two digests, one key", "-u", rsa, "-u", rsa)
	sign("signature expires", "-u", rsa, "--default-sig-expire", "10y")
	sign("signature expired", "-u", rsa, "--default-sig-expire", "1d")
	sign("two signatures", "-u", "ed25519@example.com", "-u", rsa)

	sub := g.generate("Subkeys <sub@example.com>", "rsa2048", "cert", "never")
	g.run("", "--quick-add-key", sub, "ed25519", "sign", "never")
	g.run("", "--quick-add-uid", sub, "second@example.com")
	sign("subkey", "-u", "sub@example.com")

	g.generate("Expired <expired@example.com>", "ed25519", "sign", "1d")
	sign("key expired", "-u", "expired@example.com")

	revoked := g.generate("Revoked <revoked@example.com>", "ed25519", "sign", "never")
	sign("key revoked", "-u", "revoked@example.com")
	cert, err := os.ReadFile(filepath.Join(g.home, "openpgp-revocs.d", revoked+".rev"))
	require.NoError(t, err)
	g.run(strings.Replace(string(cert), ":-----BEGIN", "-----BEGIN", 1), "--import")

	half := g.generate("Half <half@example.com>", "ed25519", "cert", "never")
	g.run("", "--quick-add-key", half, "ed25519", "sign", "never")
	sign("subkey revoked", "-u", "half@example.com")
	g.answer("key 1\nrevkey\ny\n0\n\ny\nsave\n", "--edit-key", half)

	short := g.generate("Short <short@example.com>", "ed25519", "cert", "never")
	g.run("", "--quick-add-key", short, "ed25519", "sign", "1d")
	sign("subkey expired", "-u", "short@example.com")
	return list
}

// Everything that gpg can sign is judged as gpg does, in the same words. Where gpg only warns,
// of keys that have expired or are revoked, the verdict is bad.
func TestVerdictsOfGnuPG(t *testing.T) {
	g := newGnuPG(t)
	list := makeSignatures(t, g)
	g.trustAll()
	keys := &signature.Keyring{}
	require.NoError(t, keys.ReadKeys(bytes.NewReader(g.run("", "--export"))))

	stranger := newGnuPG(t)
	stranger.generate("Stranger <stranger@example.com>", "ed25519", "sign", "never")
	unknown := stranger.run(document, "--detach-sign")
	good := list[0].sig
	bad := g.run("something else", "--detach-sign", "-u", "ed25519@example.com")
	list = append(list,
		signed{"unknown key", unknown},
		signed{"unknown key, armored", stranger.run(document, "--armor", "--detach-sign")},
		signed{"unknown and good", slices.Concat(unknown, good)},
		signed{"good and unknown", slices.Concat(good, unknown)},
		signed{"bad and good", slices.Concat(bad, good)},
		signed{"good and bad", slices.Concat(good, bad)},
		signed{"bad and good by one key", slices.Concat(g.run("something else", "--detach-sign", "-u", "rsa2048@example.com"), good)},
		signed{"empty", nil},
		signed{"text", []byte("hello\n")},
		signed{"truncated", good[:100]},
		signed{"key instead", g.run("", "--export", "rsa2048@example.com")},
		signed{"whole message", g.run(document, "--sign", "-u", "rsa2048@example.com")},
	)
	images := map[string]string{
		"as signed": document, "longer": document + "x", "shorter": document[1:], "empty": "",
		"other line ends": strings.ReplaceAll(document, "\r\n", "\n"),
	}
	goodSeen := 0
	for _, s := range list {
		for _, what := range []string{"as signed", "longer", "shorter", "empty", "other line ends"} {
			t.Run(s.name+", "+what, func(t *testing.T) {
				image := []byte(images[what])
				want := g.verify(image, s.sig)
				v := keys.NewVerifier(s.sig)
				v.Location = time.UTC
				_, err := v.Write(image)
				require.NoError(t, err)
				messages, err := v.Result()
				t.Logf("gpg exits with %d, we say %v\n%s", want.exit, err, strings.Join(messages, "\n"))
				require.Equal(t, want.good, err == nil)
				if err == nil {
					goodSeen++
				} else {
					require.ErrorIs(t, err, signature.ErrVerification)
					require.NotEqual(t, signature.ErrVerification.Error(), err.Error())
					if want.exit == 0 {
						require.Regexp(t, "(key|subkey) (expired|revoked)", s.name)
					}
				}
				compareMessages(t, s.name, want.messages, messages)
			})
		}
	}
	require.Greater(t, goodSeen, 18)
}

// compareMessages demands gpg's text, but for files without a signature.
func compareMessages(t *testing.T, name string, want, got []string) {
	t.Helper()
	switch name {
	case "empty", "text", "truncated", "key instead", "whole message":
		require.NotEmpty(t, got)
		return
	case "key revoked": // gpg calls it "ultimate" still
		for i := range got {
			got[i] = strings.Replace(got[i], "[revoked]", "[ultimate]", 1)
		}
	case "subkey revoked", "subkey expired": // gpg is silent, or shows it with --verbose only
		got = slices.DeleteFunc(got, func(l string) bool {
			return strings.HasPrefix(l, "gpg: WARNING") || strings.HasPrefix(l, "gpg:          This could") || strings.HasPrefix(l, "gpg: Note")
		})
		want = slices.DeleteFunc(slices.Clone(want), func(l string) bool {
			return strings.HasPrefix(l, "gpg: WARNING") || strings.HasPrefix(l, "gpg:          This could") || strings.HasPrefix(l, "gpg: Note")
		})
	}
	if len(want) < len(got) && slices.ContainsFunc(want, func(l string) bool { return strings.HasPrefix(l, "gpg: BAD") }) {
		got = got[:len(want)] // with --batch gpg ends at the first bad signature
	}
	require.Equal(t, want, got)
}
