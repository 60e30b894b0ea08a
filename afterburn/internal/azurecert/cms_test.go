package azurecert_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"

	"github.com/nestos-dev/nestos/afterburn/internal/azurecert"
	"github.com/nestos-dev/nestos/afterburn/internal/azurecert/azurecerttest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

var identity = sync.OnceValue(func() *azurecert.Identity {
	id, err := azurecert.NewIdentity(time.Now())
	if err != nil {
		panic(err)
	}
	return id
})

func TestIdentity(t *testing.T) {
	der, err := base64.StdEncoding.Strict().DecodeString(identity().Header())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if cert.Version != 3 || cert.Subject.String() != "CN=LinuxTransport" || cert.Issuer.String() != "CN=LinuxTransport" {
		t.Errorf("version %d, subject %s, issuer %s", cert.Version, cert.Subject, cert.Issuer)
	}
	if got := cert.NotAfter.Sub(cert.NotBefore); got != 365*24*time.Hour {
		t.Errorf("valid for %v", got)
	}
	if cert.SignatureAlgorithm != x509.SHA256WithRSA || cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) != nil {
		t.Errorf("signed with %v", cert.SignatureAlgorithm)
	}
	if n := cert.SerialNumber.BitLen(); n == 0 || n > 32 {
		t.Errorf("serial number %v", cert.SerialNumber)
	}
	var extensions []string
	for _, e := range cert.Extensions {
		extensions = append(extensions, e.Id.String())
	}
	if got := strings.Join(extensions, " "); got != "2.5.29.19 2.5.29.14 2.5.29.35" || !cert.IsCA || !bytes.Equal(cert.SubjectKeyId, cert.AuthorityKeyId) {
		t.Errorf("extensions %s, CA %v, key %x of %x", got, cert.IsCA, cert.SubjectKeyId, cert.AuthorityKeyId)
	}
}

func TestDecrypt(t *testing.T) {
	for _, aes := range []int{0, 128, 192, 256} {
		for _, o := range []azurecerttest.Options{{}, {OAEP: true}, {ByKeyID: true}, {Pieces: 100}} {
			for _, size := range []int{0, 1, 7, 8, 15, 16, 17, 5000} {
				o.AES = aes
				content := bytes.Repeat([]byte("x"), size)
				sealed, err := azurecerttest.Seal(identity().Header(), content, o)
				if err != nil {
					t.Fatal(err)
				}
				got, err := identity().Decrypt(sealed)
				if err != nil || !bytes.Equal(got, content) {
					t.Errorf("%+v, %d bytes: %d, %v", o, size, len(got), err)
				}
			}
		}
	}
}

func TestDecryptForAnother(t *testing.T) {
	other, err := azurecert.NewIdentity(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := azurecerttest.Seal(other.Header(), []byte("x"), azurecerttest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := identity().Decrypt(sealed); err == nil || err.Error() != "data enveloped for another certificate" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestDecryptDamaged: no change of a byte may lead to a panic, and hardly any to
// the right content.
func TestDecryptDamaged(t *testing.T) {
	sealed, err := azurecerttest.Seal(identity().Header(), []byte("content"), azurecerttest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		damaged := bytes.Clone(sealed)
		damaged[i] ^= 0x11
		_, _ = identity().Decrypt(damaged)
		if _, err := identity().Decrypt(sealed[:i]); err == nil {
			t.Errorf("cut at %d: no error", i)
		}
	}
}

func TestDecryptOtherProducers(t *testing.T) {
	der, err := base64.StdEncoding.DecodeString(identity().Header())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	content := []byte(strings.Repeat("some content, ", 3000))
	t.Run("smallstep", func(t *testing.T) {
		// Its default is DES, which nobody uses here.
		sealed, err := pkcs7.Encrypt(content, []*x509.Certificate{cert})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := identity().Decrypt(sealed); err == nil || !strings.Contains(err.Error(), "cipher 1.3.14.3.2.7 is not supported") {
			t.Errorf("DES: %v", err)
		}
	})
	openssl := testutil.Tool(t, "openssl")
	dir := t.TempDir()
	path := filepath.Join(dir, "cert.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-des3"}, {"-aes128"}, {"-aes192"}, {"-aes256"}, {"-des3", "-keyid"}, {"-des3", "-stream", "-indef"}, {"-aes256", "-keyopt", "rsa_padding_mode:oaep"},
		{"-aes128", "-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"},
	} {
		t.Run(fmt.Sprint(args), func(t *testing.T) {
			args := append([]string{"cms", "-encrypt", "-binary", "-outform", "DER", "-recip", path}, args...)
			cmd := exec.CommandContext(t.Context(), openssl, args...)
			cmd.Stdin = bytes.NewReader(content)
			sealed, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			got, err := identity().Decrypt(sealed)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
}
