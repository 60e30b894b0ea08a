package sshkeys_test

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/sshkeys"
	"github.com/nestos-dev/nestos/internal/testutil"
)

type vector struct{ fingerprint, line string }

// vectors returns the keys of testdata/keys.txt.
func vectors(t testing.TB) []vector {
	text, err := os.ReadFile("testdata/keys.txt")
	require.NoError(t, err)
	var all []vector
	for line := range strings.Lines(string(text)) {
		if fingerprint, key, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " "); strings.HasPrefix(fingerprint, "SHA256:") {
			all = append(all, vector{fingerprint, key})
		}
	}
	require.Len(t, all, 10)
	return all
}

func fingerprint(k sshkeys.Key) string {
	sum := sha256.Sum256(k.Blob)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// blob puts fields together, each behind its length.
func blob(fields ...string) string {
	var b []byte
	for _, f := range fields {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(f))), f...)
	}
	return base64.StdEncoding.EncodeToString(b)
}

const (
	point  = "AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
	simple = "ssh-ed25519 " + point
)

func TestVectors(t *testing.T) {
	types := map[string]bool{}
	for _, v := range vectors(t) {
		words := strings.Fields(v.line)
		k, err := sshkeys.Parse(v.line)
		require.NoError(t, err, v.line)
		require.Equal(t, v.line, k.String())
		require.Equal(t, v.fingerprint, fingerprint(k))
		require.Equal(t, sshkeys.Key{Type: words[0], Blob: k.Blob, Comment: words[2]}, k)
		types[k.Type] = true

		options := `restrict,command="say \"hi\" to \\ all",environment="A=b c"`
		with, err := sshkeys.Parse("\t" + options + " \t" + words[0] + "  " + words[1] + "\r\n")
		require.NoError(t, err)
		require.Equal(t, options+" "+words[0]+" "+words[1]+" ", with.String())
		require.True(t, with.Equal(k))
	}
	require.Len(t, types, 8)
}

func TestEqual(t *testing.T) {
	var keys []sshkeys.Key
	for _, v := range vectors(t) {
		k, err := sshkeys.Parse(v.line)
		require.NoError(t, err)
		keys = append(keys, k)
	}
	for i, a := range keys {
		for j, b := range keys {
			require.Equal(t, i == j, a.Equal(b))
		}
	}
}

func TestParse(t *testing.T) {
	for name, test := range map[string]struct{ line, want string }{
		"no comment":             {simple, simple + " "},
		"white space":            {" \t" + simple + "\r\n", simple + " "},
		"comment of words":       {simple + "  core at\texample  ", simple + " core at\texample"},
		"several blanks":         {"ssh-ed25519 \t " + point + "\v\fx", simple + " x"},
		"other white space":      {"ssh-ed25519\u00a0" + point + "\u2003x\u2003y", simple + " x\u2003y"},
		"line break as a blank":  {"ssh-ed25519\n" + point + "\nx", simple + " x"},
		"options":                {"no-pty " + simple, "no-pty " + simple + " "},
		"options behind a tab":   {"no-pty\t" + simple + " x", "no-pty " + simple + " x"},
		"quoted blank":           {`command="a b" ` + simple, `command="a b" ` + simple + " "},
		"quoted quote":           {`command="a\" b" ` + simple, `command="a\" b" ` + simple + " "},
		"escaped blank":          {`a\ b ` + simple, `a\ b ` + simple + " "},
		"row of backslashes":     {`a="\\" b" ` + simple, `a="\\" b" ` + simple + " "},
		"options that are a key": {`command="` + simple + ` x" ` + simple + ` y`, `command="` + simple + ` x" ` + simple + ` y`},
		"foreign options":        {"äöü=\"ß ß\" " + simple, "äöü=\"ß ß\" " + simple + " "},
		"escaped foreign":        {"a=\"\\ß\" " + simple, "a=\"\\ß\" " + simple + " "},
		"marker":                 {"@cert-authority *.example.com,!x " + simple + " ca", "@cert-authority *.example.com,!x " + simple + " ca"},
		"marker, quoted":         {`@revoked "a b" ` + simple, `@revoked "a b" ` + simple + " "},
		"comment mark":           {"# " + simple, "# " + simple + " "},
		"bytes behind the key":   {"ssh-ed25519 " + blob("ssh-ed25519", "k", "more"), "ssh-ed25519 " + blob("ssh-ed25519", "k") + " "},
		"empty key":              {"ssh-ed25519 " + blob("ssh-ed25519", ""), "ssh-ed25519 " + blob("ssh-ed25519", "") + " "},
		"zero is dropped":        {"ssh-rsa " + blob("ssh-rsa", "\x00\x01", "\x00\x80"), "ssh-rsa " + blob("ssh-rsa", "\x01", "\x00\x80") + " "},
		"one zero is dropped":    {"ssh-rsa " + blob("ssh-rsa", "\x00\x00\x01", "\x00"), "ssh-rsa " + blob("ssh-rsa", "\x00\x01", "") + " "},
		"zero is added":          {"ssh-rsa " + blob("ssh-rsa", "\x80", "\xff\x00"), "ssh-rsa " + blob("ssh-rsa", "\x00\x80", "\x00\xff\x00") + " "},
		"curve decides": {"ecdsa-sha2-nistp256 " + blob("ecdsa-sha2-nistp256", "nistp384", "p"),
			"ecdsa-sha2-nistp384 " + blob("ecdsa-sha2-nistp384", "nistp384", "p") + " "},
		"curve of a security key": {"sk-ecdsa-sha2-nistp256@openssh.com " + blob("sk-ecdsa-sha2-nistp256@openssh.com", "nistp521", "p", "ssh:"),
			"sk-ecdsa-sha2-nistp256@openssh.com " + blob("sk-ecdsa-sha2-nistp256@openssh.com", "nistp521", "p", "ssh:") + " "},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := sshkeys.Parse(test.line)
			require.NoError(t, err)
			require.Equal(t, test.want, k.String())
			require.Equal(t, strings.TrimSpace(k.Comment), k.Comment)
		})
	}
}

func TestParseErrors(t *testing.T) {
	certificate, err := os.ReadFile("testdata/certificate.pub")
	require.NoError(t, err)
	for name, test := range map[string]struct{ line, want string }{
		"empty":                  {"", "invalid key format"},
		"blanks":                 {" \t\r\n", "invalid key format"},
		"one word":               {"ssh-rsa", "invalid key format"},
		"no key":                 {"hello world again", "invalid base64: Encoded text cannot have a 6-bit remainder."},
		"wrong type":             {"ssh-rsa " + point, "invalid key format"},
		"not UTF-8":              {simple + " \xff", "invalid UTF-8"},
		"type not UTF-8":         {"ssh-rsa " + blob("\xff"), "invalid UTF-8"},
		"certificate":            {string(certificate), "unsupported keytype: ssh-ed25519-cert-v01@openssh.com"},
		"certificate, options":   {"no-pty " + string(certificate), "invalid base64: Invalid byte 45, offset 3."},
		"unknown type":           {"ssh-xmss@openssh.com " + blob("ssh-xmss@openssh.com", "x"), "unsupported keytype: ssh-xmss@openssh.com"},
		"loud type":              {"\x1b[2J " + blob("\x1b[2J"), `unsupported keytype: "\x1b[2J"`},
		"long type":              {strings.Repeat("é", 100) + " " + blob(strings.Repeat("é", 100)), "unsupported keytype: " + strings.Repeat("é", 64) + "…"},
		"unknown curve":          {"ecdsa-sha2-nistp256 " + blob("ecdsa-sha2-nistp256", "nistp224", "p"), "unsupported curve: nistp224"},
		"curve not UTF-8":        {"ecdsa-sha2-nistp256 " + blob("ecdsa-sha2-nistp256", "\xff", "p"), "invalid UTF-8"},
		"curve without point":    {"ecdsa-sha2-nistp256 " + blob("ecdsa-sha2-nistp256", "nistp224"), "invalid key format"},
		"missing field":          {"ssh-rsa " + blob("ssh-rsa", "\x03"), "invalid key format"},
		"missing application":    {"sk-ssh-ed25519@openssh.com " + blob("sk-ssh-ed25519@openssh.com", "k"), "invalid key format"},
		"lying length":           {"ssh-rsa //////////8=", "invalid key format"},
		"second line":            {simple + " x\n" + simple, "invalid key format"},
		"two lines in options":   {"a\nb " + simple, "invalid base64: Encoded text cannot have a 6-bit remainder."},
		"options without end":    {`command="a ` + simple, "invalid base64: Invalid byte 45, offset 3."},
		"marker without pattern": {"@revoked " + simple, "invalid base64: Invalid byte 45, offset 3."},
		"no padding":             {"ssh-ed25519 " + strings.TrimRight(blob("ssh-ed25519", "k"), "="), "invalid base64: Invalid padding"},
		"some padding":           {"ssh-rsa AA=", "invalid base64: Invalid padding"},
		"padding too early":      {"ssh-rsa A===", "invalid base64: Invalid byte 61, offset 1."},
		"padding inside":         {"ssh-rsa AA==AAAA", "invalid base64: Invalid byte 61, offset 2."},
		"padding, then more":     {"ssh-rsa AA=A", "invalid base64: Invalid byte 61, offset 2."},
		"only padding":           {"ssh-rsa =", "invalid base64: Encoded text cannot have a 6-bit remainder."},
		"one symbol":             {"ssh-rsa AAAAA", "invalid base64: Encoded text cannot have a 6-bit remainder."},
		"odd symbol at the end":  {"ssh-rsa A_AA!", "invalid base64: Invalid byte 33, offset 4."},
		"odd symbol":             {"ssh-rsa A_AAAA!", "invalid base64: Invalid byte 95, offset 1."},
		"odd symbol in the rest": {"ssh-rsa AAAAA_AA", "invalid base64: Invalid byte 95, offset 5."},
		"bits behind the end":    {"ssh-rsa AAAAAB==", "invalid base64: Invalid last symbol 66, offset 5."},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := sshkeys.Parse(test.line)
			require.EqualError(t, err, test.want)
			require.Zero(t, k)
		})
	}
}

func TestErrorTypes(t *testing.T) {
	_, err := sshkeys.Parse("")
	require.ErrorIs(t, err, sshkeys.ErrFormat)
	_, err = sshkeys.Parse("ssh-rsa x")
	var notBase64 *sshkeys.Base64Error
	require.ErrorAs(t, err, &notBase64)
	_, err = sshkeys.Parse("a " + blob("a"))
	var kind *sshkeys.UnsupportedTypeError
	require.ErrorAs(t, err, &kind)
	require.Equal(t, "a", kind.Type)
	_, err = sshkeys.Parse("ecdsa-sha2-nistp521 " + blob("ecdsa-sha2-nistp521", "c", ""))
	var curve *sshkeys.UnsupportedCurveError
	require.ErrorAs(t, err, &curve)
	require.Equal(t, "c", curve.Curve)
}

func comments(keys []sshkeys.Key) (all []string) {
	for _, k := range keys {
		all = append(all, k.Comment)
	}
	return all
}

func TestParseList(t *testing.T) {
	keys, err := sshkeys.ParseList([]string{simple + " a", simple + " b\n", "no-pty " + simple + " c"})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c"}, comments(keys))
	for _, bad := range []string{"", "  ", "# comment", "ssh-rsa x"} {
		_, err = sshkeys.ParseList([]string{simple, bad})
		require.Error(t, err, bad)
	}
	keys, err = sshkeys.ParseList(nil)
	require.NoError(t, err)
	require.Empty(t, keys)
}

func TestParseFile(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"empty":            {"", nil},
		"empty lines":      {"\n\r\n\n", nil},
		"comments":         {"# x\n \t# " + simple + " y\n#", nil},
		"last end missing": {simple + " a\n" + simple + " b", []string{"a", "b"}},
		"all of it":        {"\n# x\n" + simple + " a\r\n\n  " + simple + " b \n\n", []string{"a", "b"}},
	} {
		keys, err := sshkeys.ParseFile(test.text)
		require.NoError(t, err, name)
		require.Equal(t, test.want, comments(keys), name)
	}
	for _, bad := range []string{" ", simple + "\n \n", "\r", simple + "\nnonsense\n"} {
		_, err := sshkeys.ParseFile(bad)
		require.ErrorIs(t, err, sshkeys.ErrFormat, "%q", bad)
	}
}

func TestParseLines(t *testing.T) {
	var bad []string
	note := func(line string, err error) { bad = append(bad, fmt.Sprintf("%q %v", line, err)) }
	keys := sshkeys.ParseLines(simple+" a\r\n\n# x\n"+simple+" b\nssh-rsa !\n", note)
	require.Equal(t, []string{"a", "b"}, comments(keys))
	require.Equal(t, []string{
		`"" invalid key format`, `"# x" invalid base64: Encoded text cannot have a 6-bit remainder.`, `"ssh-rsa !" invalid base64: Invalid byte 33, offset 0.`,
	}, bad)
	require.Empty(t, sshkeys.ParseLines("x\n", nil))
}

func TestFromRSA(t *testing.T) {
	found := 0
	for _, v := range vectors(t) {
		k, err := sshkeys.Parse(v.line)
		require.NoError(t, err)
		if k.Type != "ssh-rsa" {
			continue
		}
		found++
		e, rest := field(k.Blob[4+len("ssh-rsa"):])
		n, _ := field(rest)
		pub := &rsa.PublicKey{E: int(new(big.Int).SetBytes(e).Int64()), N: new(big.Int).SetBytes(n)}
		got := sshkeys.FromRSA(pub)
		require.Equal(t, sshkeys.Key{Type: "ssh-rsa", Blob: k.Blob}, got)
		require.True(t, got.Equal(k))
	}
	require.Equal(t, 3, found)
}

func field(b []byte) (first, rest []byte) {
	n := binary.BigEndian.Uint32(b)
	return b[4 : 4+n], b[4+n:]
}

// TestSSHKeygen exchanges keys of all types that ssh-keygen makes.
func TestSSHKeygen(t *testing.T) {
	keygen := testutil.Tool(t, "ssh-keygen")
	if _, err := user.LookupId(strconv.Itoa(os.Getuid())); err != nil {
		t.Skip("ssh-keygen works for users with a name only")
	}
	dir := t.TempDir()
	ours := filepath.Join(dir, "ours")
	show := func() string {
		return testutil.Run(t, &testutil.RunOptions{Must: true}, keygen, "-l", "-f", ours).Stdout
	}
	for _, args := range []string{"rsa -b 2048", "rsa -b 1027", "dsa", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521", "ed25519"} {
		t.Run(args, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(args, " ", ""))
			made := testutil.Run(t, nil, keygen, append(strings.Fields("-q -f "+path+" -C some_words -t "+args), "-N", "")...)
			if made.Exit != 0 && args == "dsa" {
				t.Skipf("this ssh-keygen makes no such keys: %s", made) // from OpenSSH 10 on
			}
			require.Zero(t, made.Exit, made)
			line, err := os.ReadFile(path + ".pub")
			require.NoError(t, err)
			k, err := sshkeys.Parse(string(line))
			require.NoError(t, err)
			require.Equal(t, string(line), k.String()+"\n")
			require.NoError(t, os.WriteFile(ours, []byte(k.String()+"\n"), 0o600))
			require.Contains(t, show(), " "+fingerprint(k)+" some_words ")
		})
	}
	for _, v := range vectors(t) {
		k, err := sshkeys.Parse(`from="a b" ` + v.line)
		require.NoError(t, err)
		if k.Type == "ssh-dss" {
			continue // from OpenSSH 10 on it is unknown
		}
		require.NoError(t, os.WriteFile(ours, []byte(k.String()+"\n"), 0o600))
		require.Contains(t, show(), v.fingerprint, k.Type)
	}
}

// TestLinear shows that time and memory grow with the size of a line only.
func TestLinear(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	for name, line := range map[string]string{
		"word":        long,
		"blanks":      "a" + strings.Repeat(" \t", 1<<20) + "a",
		"words":       strings.Repeat("a ", 1<<20),
		"quotes":      strings.Repeat(`" "`, 1<<20) + " x",
		"backslashes": strings.Repeat(`\`, 1<<20) + " x",
		"fields":      "ssh-rsa " + blob("ssh-rsa", strings.Repeat("\x00", 1<<20), "") + " x",
		"comment":     simple + " " + long,
		"options":     long + " " + simple,
	} {
		start := time.Now()
		var k sshkeys.Key
		allocations := testing.AllocsPerRun(1, func() { k, _ = sshkeys.Parse(line) })
		require.Less(t, time.Since(start), time.Minute, name)
		require.LessOrEqual(t, allocations, 12.0, name)
		require.Less(t, len(k.String()), len(line)+10, name)
	}
}

func TestUnknownUserError(t *testing.T) {
	var err error = &sshkeys.UnknownUserError{Name: "x"}
	require.EqualError(t, err, `could not find user with username "x"`)
	require.False(t, errors.Is(err, sshkeys.ErrFormat))
}
