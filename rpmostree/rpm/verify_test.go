package rpm_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// verifyLines returns what rpmkeys -Kv would print.
func verifyLines(t testing.TB, path string, opts *rpm.VerifyOptions) (string, bool) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out strings.Builder
	fmt.Fprintf(&out, "%s:\n", path)
	report, err := rpm.Verify(t.Context(), f, opts)
	if err != nil {
		return out.String(), false
	}
	for i := range report.Items {
		fmt.Fprintf(&out, "    %s\n", &report.Items[i])
	}
	return out.String(), report.OK()
}

// levels are the names of the levels in rpm's configuration.
var levels = map[string]rpm.VerifyLevel{
	"digest": rpm.LevelDigest, "none": rpm.LevelNone, "signature": rpm.LevelSignature, "all": rpm.LevelAll,
}

func TestVerifyEqualsRPMKeys(t *testing.T) {
	eachPackage(t, func(t *testing.T, path string) { compareVerify(t, path, t.TempDir(), nil, "digest") })
}

// compareVerify compares with the real program, which knows the keys in a database.
func compareVerify(t *testing.T, path, db string, keys *pgp.Keyring, level string) {
	t.Helper()
	got, ok := verifyLines(t, path, &rpm.VerifyOptions{Keyring: keys, Level: levels[level]})
	args := []string{"--define", "_pkgverify_level " + level, "--dbpath", db}
	want := testutil.Run(t, nil, testutil.Tool(t, "rpmkeys"), append(args, "-Kv", path)...)
	diff(t, got, want.Stdout)
	if ok != (want.Exit == 0) {
		t.Errorf("OK is %v, rpmkeys ends with %d", ok, want.Exit)
	}
}

// signedPackages makes packages with good and bad signatures by several kinds of keys, a database of the keys for real
// rpm, and a keyring of them.
func signedPackages(t *testing.T) (files []string, db string, keys *pgp.Keyring) {
	gpg, rpmsign, rpmkeys := testutil.Tool(t, "gpg"), testutil.Tool(t, "rpmsign"), testutil.Tool(t, "rpmkeys")
	dir, home := t.TempDir(), t.TempDir()
	db = t.TempDir()
	run := func(name string, args ...string) *testutil.Result {
		return testutil.Run(t, &testutil.RunOptions{Must: true, Env: []string{"GNUPGHOME=" + home}}, name, args...)
	}
	t.Cleanup(func() {
		stop := exec.Command("gpgconf", "--kill", "all")
		stop.Env = append(os.Environ(), "GNUPGHOME="+home)
		if err := stop.Run(); err != nil {
			t.Error(err)
		}
	})
	keys = &pgp.Keyring{}
	for _, algo := range []string{"rsa2048", "ed25519", "dsa2048"} {
		id := algo + "@example.com"
		run(gpg, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key", id, algo, "sign", "never")
		public := run(gpg, "--armor", "--export", id).Stdout
		file := filepath.Join(dir, algo+".asc")
		if err := os.WriteFile(file, []byte(public), 0o644); err != nil {
			t.Fatal(err)
		}
		run(rpmkeys, "--dbpath", db, "--import", file)
		if err := keys.Add([]byte(public)); err != nil {
			t.Fatal(err)
		}
		for _, old := range []bool{false, true} {
			name := "new-" + algo
			args := []string{"--define", "_gpg_name " + id, "--define", "__gpg " + gpg, "--addsign"}
			if old {
				name = "old-" + algo
				args = append(args, "--rpmv3")
			}
			path := rpmtest.Write(t, dir, &rpmtest.Spec{Name: name, Files: []rpmtest.File{{Path: "/a", Content: []byte("content of a")}}})
			run(rpmsign, append(args, path)...)
			files = append(files, path)
		}
	}
	return files, db, keys
}

// damage writes variants of a package with a changed header, a changed payload and without its end.
func damage(t *testing.T, path string) []string {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := rpm.ParseHeaderBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	name := bytes.Index(data[p.HeaderStart:], []byte("MIT\x00")) + int(p.HeaderStart)
	variants := map[string][]byte{"short": data[:len(data)-3], "long": append(bytes.Clone(data), 0)}
	for variant, offset := range map[string]int{"header": name, "payload": len(data) - 20} {
		b := bytes.Clone(data)
		b[offset] ^= 1
		variants[variant] = b
	}
	var files []string
	for _, v := range []string{"header", "long", "payload", "short"} {
		file := filepath.Join(t.TempDir(), v+"-"+filepath.Base(path))
		if err := os.WriteFile(file, variants[v], 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func TestVerifySignaturesEqualsRPMKeys(t *testing.T) {
	files, db, keys := signedPackages(t)
	empty := t.TempDir()
	for _, path := range files {
		for _, file := range append([]string{path}, damage(t, path)...) {
			for level := range levels {
				t.Run(filepath.Base(file)+"/"+level, func(t *testing.T) {
					compareVerify(t, file, db, keys, level)
					compareVerify(t, file, empty, nil, level)
				})
			}
		}
	}
}

func TestVerifyOddDigestsEqualsRPMKeys(t *testing.T) {
	zeros := strings.Repeat("0", 64)
	for name, s := range map[string]*rpmtest.Spec{
		"wrong payload digests": {Header: func(b *rpm.HeaderBuilder) {
			b.SetStrings(rpm.TagPayloadDigest, zeros)
			b.SetStrings(rpm.TagPayloadDigestAlt, zeros)
		}},
		"only the digest of the archive": {Header: func(b *rpm.HeaderBuilder) { b.Remove(rpm.TagPayloadDigest) }},
		"no payload digest": {Header: func(b *rpm.HeaderBuilder) {
			b.Remove(rpm.TagPayloadDigest)
			b.Remove(rpm.TagPayloadDigestAlt)
		}},
		"no MD5": {Signature: func(b *rpm.HeaderBuilder) { b.Remove(rpm.SigMD5) }},
		"no payload digest, no MD5": {
			Header: func(b *rpm.HeaderBuilder) {
				b.Remove(rpm.TagPayloadDigest)
				b.Remove(rpm.TagPayloadDigestAlt)
			},
			Signature: func(b *rpm.HeaderBuilder) { b.Remove(rpm.SigMD5) },
		},
		"no header digest": {Signature: func(b *rpm.HeaderBuilder) {
			b.Remove(rpm.SigSHA1)
			b.Remove(rpm.SigSHA256)
		}},
		"digest in capitals":         {Signature: func(b *rpm.HeaderBuilder) { b.SetString(rpm.SigSHA1, strings.Repeat("A", 40)) }},
		"digest that is none":        {Signature: func(b *rpm.HeaderBuilder) { b.SetString(rpm.SigSHA1, strings.Repeat("z", 40)) }},
		"signature that is none":     {Signature: func(b *rpm.HeaderBuilder) { b.SetBytes(rpm.SigRSA, []byte("garbage")) }},
		"not compressed":             {Compressor: "none"},
		"DSA signature that is none": {Signature: func(b *rpm.HeaderBuilder) { b.SetBytes(rpm.SigDSA, []byte("garbage")) }},
		"signature by an algorithm for encryption": {Signature: func(b *rpm.HeaderBuilder) {
			// Version 3, of type 0, 16 for Elgamal, 8 for SHA-256.
			b.SetBytes(rpm.SigDSA, []byte("\x88\x17\x03\x05\x00\x60\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08\x10\x08\xaa\xbb\x00\x08\xff\x00"))
		}},
		"unknown algorithm of the payload's digest": {Header: func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagPayloadDigestAlgo, 264) }},
		"SHA-512 in place of SHA-256":               {Header: func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagPayloadDigestAlgo, 10) }},
	} {
		t.Run(name, func(t *testing.T) {
			s.Name, s.Files = "odd", []rpmtest.File{{Path: "/a", Content: []byte("a")}}
			path := rpmtest.Write(t, t.TempDir(), s)
			for level := range levels {
				compareVerify(t, path, t.TempDir(), nil, level)
			}
		})
	}
}

func TestVerifySummary(t *testing.T) {
	data, err := rpmtest.Build(&rpmtest.Spec{Name: "a", Files: []rpmtest.File{{Path: "/a", Content: []byte("a")}}})
	if err != nil {
		t.Fatal(err)
	}
	good, err := rpm.Verify(context.Background(), bytes.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	bad, err := rpm.Verify(context.Background(), bytes.NewReader(append(data, 'x')), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := good.Summary(); got != "digests OK" {
		t.Errorf("the summary is %q", got)
	}
	if err := good.Err(); err != nil {
		t.Error(err)
	}
	if err := bad.Err(); err == nil || err.Error() != "DIGESTS NOT OK" {
		t.Errorf("got %v", err)
	}
	if got := bad.Summary(); got != "DIGESTS NOT OK" {
		t.Errorf("the summary is %q", got)
	}
	if good.Size != int64(len(data)) || good.Signed() {
		t.Errorf("size %d of %d, signed: %v", good.Size, len(data), good.Signed())
	}
}
