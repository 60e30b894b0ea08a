package azurecert_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/nestos-dev/nestos/afterburn/internal/azurecert"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// holder is a key with its certificate.
type holder struct {
	key  crypto.Signer
	cert *x509.Certificate
}

// holders are made once: RSA keys take their time.
var holders = sync.OnceValue(func() map[string]holder {
	all := map[string]holder{}
	for i, name := range []string{"own", "ssh", "other", "ec", "ed"} {
		var key crypto.Signer
		var err error
		switch name {
		case "ec":
			key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		case "ed":
			_, key, err = ed25519.GenerateKey(rand.Reader)
		default:
			key, err = rsa.GenerateKey(rand.Reader, 2048)
		}
		if err != nil {
			panic(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i) + 1),
			Subject:      pkix.Name{CommonName: name},
			NotBefore:    time.Unix(1e9, 0),
			NotAfter:     time.Unix(3e9, 0),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			panic(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			panic(err)
		}
		all[name] = holder{key, cert}
	}
	return all
})

func certs(names ...string) (list []*x509.Certificate) {
	for _, n := range names {
		list = append(list, holders()[n].cert)
	}
	return list
}

// checkChain reads a file, and compares the certificates with those of the names.
func checkChain(t *testing.T, file []byte, names ...string) {
	t.Helper()
	chain, err := azurecert.Chain(file)
	if err != nil {
		t.Errorf("Chain: %v", err)
		return
	}
	var got []string
	for _, c := range chain {
		cert, err := x509.ParseCertificate(c.Raw)
		if err != nil {
			t.Errorf("certificate in the chain: %v", err)
			return
		}
		got = append(got, cert.Subject.CommonName)
	}
	if !slices.Equal(got, names) {
		t.Errorf("chain %q, want %q", got, names)
		return
	}
	for i, c := range chain {
		key, err := c.RSA()
		want, isRSA := holders()[names[i]].key.Public().(*rsa.PublicKey)
		if isRSA && (err != nil || !want.Equal(key)) {
			t.Errorf("public key of %s: %v, %v", names[i], key, err)
		}
		if !isRSA && err == nil {
			t.Errorf("public key of %s taken for RSA", names[i])
		}
	}
}

func TestChainOfGoEncoders(t *testing.T) {
	for name, encoder := range map[string]*pkcs12.Encoder{
		"rc2": pkcs12.LegacyRC2, "des": pkcs12.LegacyDES, "2023": pkcs12.Modern2023, "2026": pkcs12.Modern2026, "plain": pkcs12.Passwordless,
	} {
		for _, others := range [][]string{nil, {"ssh"}, {"ssh", "other"}, {"own", "ssh"}, {"ec", "ed"}} {
			for _, own := range []string{"own", "ec", "ed"} {
				t.Run(fmt.Sprint(name, own, others), func(t *testing.T) {
					h := holders()[own]
					file, err := encoder.Encode(h.key, h.cert, certs(others...), "")
					if err != nil {
						t.Fatal(err)
					}
					checkChain(t, file, others...)
				})
			}
		}
	}
	t.Run("key of a later certificate", func(t *testing.T) {
		file, err := pkcs12.LegacyRC2.Encode(holders()["own"].key, holders()["ssh"].cert, certs("own", "other"), "")
		if err != nil {
			t.Fatal(err)
		}
		checkChain(t, file, "ssh", "other")
	})
	t.Run("without key", func(t *testing.T) {
		file, err := pkcs12.LegacyDES.EncodeTrustStore(certs("own", "ssh"), "")
		if err != nil {
			t.Fatal(err)
		}
		checkChain(t, file, "own", "ssh")
	})
	t.Run("password", func(t *testing.T) {
		file, err := pkcs12.LegacyRC2.Encode(holders()["own"].key, holders()["own"].cert, certs("ssh"), "x")
		if err != nil {
			t.Fatal(err)
		}
		if chain, err := azurecert.Chain(file); !errors.Is(err, azurecert.ErrMAC) {
			t.Errorf("%v, %v", chain, err)
		}
	})
}

func TestChainOfOpenSSL(t *testing.T) {
	openssl := testutil.Tool(t, "openssl")
	dir := t.TempDir()
	write := func(name string, blocks ...*pem.Block) string {
		t.Helper()
		var b bytes.Buffer
		for _, block := range blocks {
			if err := pem.Encode(&b, block); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	block := func(name string) *pem.Block {
		return &pem.Block{Type: "CERTIFICATE", Bytes: holders()[name].cert.Raw}
	}
	der, err := x509.MarshalPKCS8PrivateKey(holders()["own"].key)
	if err != nil {
		t.Fatal(err)
	}
	key := write("key.pem", &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	own := write("own.pem", block("own"))
	other := write("other.pem", block("ssh"), block("other"))
	mixed := write("mixed.pem", block("ssh"), block("own"), block("other"))

	export := func(t *testing.T, args ...string) []byte {
		t.Helper()
		args = append([]string{"pkcs12", "-export", "-passout", "pass:"}, args...)
		cmd := exec.CommandContext(t.Context(), openssl, args...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			if strings.Contains(stderr.String(), "unsupported") || strings.Contains(stderr.String(), "legacy") {
				t.Skipf("openssl %q: %s", args, stderr.String())
			}
			t.Fatalf("openssl %q: %v\n%s", args, err, stderr.String())
		}
		return out
	}
	for _, cipher := range []string{
		"PBE-SHA1-3DES", "PBE-SHA1-2DES", "PBE-SHA1-RC2-128", "PBE-SHA1-RC2-40", "PBE-SHA1-RC4-128", "PBE-SHA1-RC4-40",
		"AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "DES-EDE3-CBC", "NONE",
	} {
		t.Run(cipher, func(t *testing.T) {
			file := export(t, "-legacy", "-inkey", key, "-in", own, "-certfile", other, "-certpbe", cipher, "-keypbe", cipher)
			checkChain(t, file, "ssh", "other")
		})
	}
	for name, args := range map[string][]string{
		"default":     nil,
		"legacy":      {"-legacy"},
		"descert":     {"-legacy", "-descert"},
		"sha1 mac":    {"-macalg", "sha1"},
		"sha224 mac":  {"-macalg", "sha224"},
		"sha384 mac":  {"-macalg", "sha384"},
		"sha512 mac":  {"-macalg", "sha512"},
		"no mac":      {"-nomac"},
		"no mac, rc2": {"-nomac", "-legacy"},
		"once":        {"-noiter", "-nomaciter"},
		"often":       {"-iter", "100000"},
		"names":       {"-name", "Schlüssel", "-caname", "Kette", "-CSP", "Microsoft"},
		"plain":       {"-keypbe", "NONE", "-certpbe", "NONE", "-nomac"},
	} {
		t.Run(name, func(t *testing.T) {
			checkChain(t, export(t, append(args, "-inkey", key, "-in", own, "-certfile", other)...), "ssh", "other")
		})
	}
	t.Run("own alone", func(t *testing.T) {
		checkChain(t, export(t, "-inkey", key, "-in", own))
	})
	t.Run("no key", func(t *testing.T) {
		checkChain(t, export(t, "-nokeys", "-in", mixed), "ssh", "own", "other")
	})
}
