package afterburn_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/afterburn/internal/azurecert/azurecerttest"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const (
	identityPath     = "/Microsoft.Compute/identity"
	certificatesPath = "/machine/c0ffee/feed.vm7?comp=certificates&incarnation=7"
)

// stackKeys are keys with certificates: the service's own, one for SSH, and one
// that is no RSA key.
type stackKeys struct {
	key          *rsa.PrivateKey
	own, ssh, ec *x509.Certificate
	line         string
}

var makeStackKeys = sync.OnceValue(func() stackKeys {
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	ssh, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	certificate := func(public, private any) *x509.Certificate {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(3e9, 0)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
		if err != nil {
			panic(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			panic(err)
		}
		return cert
	}
	return stackKeys{
		key: own, own: certificate(&own.PublicKey, own), ssh: certificate(&ssh.PublicKey, ssh), ec: certificate(&ec.PublicKey, ec),
		line: sshkeys.FromRSA(&ssh.PublicKey).String() + "\n",
	}
})

func (k stackKeys) file(t *testing.T, e *pkcs12.Encoder, password string, chain ...*x509.Certificate) []byte {
	t.Helper()
	file, err := e.Encode(k.key, k.own, chain, password)
	require.NoError(t, err)
	return file
}

func TestAzureStackKeys(t *testing.T) {
	k := makeStackKeys()
	const failed = "writing ssh keys: failed to convert pkcs12 blob to ssh pubkey: "
	for name, c := range map[string]struct {
		file      []byte
		want, err string
	}{
		"RC2 and 3DES":   {k.file(t, pkcs12.LegacyRC2, "", k.ssh), k.line, ""},
		"3DES":           {k.file(t, pkcs12.LegacyDES, "", k.ssh), k.line, ""},
		"AES":            {k.file(t, pkcs12.Modern2023, "", k.ssh), k.line, ""},
		"AES and PBMAC1": {k.file(t, pkcs12.Modern2026, "", k.ssh), k.line, ""},
		"plain":          {k.file(t, pkcs12.Passwordless, "", k.ssh), k.line, ""},
		"first of two":   {k.file(t, pkcs12.LegacyRC2, "", k.ssh, k.ec), k.line, ""},
		"no chain":       {k.file(t, pkcs12.LegacyRC2, ""), "", ""},
		"no RSA key":     {k.file(t, pkcs12.LegacyRC2, "", k.ec, k.ssh), "old\n", failed + "failed to get rsa contents from pkey: public key of a certificate is no RSA key but *ecdsa.PublicKey"},
		"password":       {k.file(t, pkcs12.LegacyRC2, "x", k.ssh), "old\n", failed + "failed to parse pkcs12 blob: the file's checksum is not the one of the empty password"},
		"garbage":        {[]byte("garbage"), "old\n", failed + "failed to parse pkcs12 blob: malformed data: cut short"},
		"empty":          {[]byte{}, "old\n", failed + "failed to parse pkcs12 blob: malformed data: cut short"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "azurestack")
			m.write(keyFile, "old\n")
			m.cloud.SetCertificates(c.file)
			err := m.keys("azurestack")
			if c.err != "" {
				require.EqualError(t, err, c.err)
			} else {
				require.NoError(t, err)
			}
			m.want(keyFile, c.want)
		})
	}
}

// TestAzureStackEnvelopes has the service encrypt and write in other ways.
func TestAzureStackEnvelopes(t *testing.T) {
	k := makeStackKeys()
	file := k.file(t, pkcs12.LegacyRC2, "", k.ssh)
	folded := func(data []byte) string {
		text := base64.StdEncoding.EncodeToString(data)
		return "\r\n  " + text[:100] + "\r\n  " + text[100:200] + "\n" + text[200:] + "\n"
	}
	const failed = "writing ssh keys: failed to decrypt cms blob: "
	for name, c := range map[string]struct {
		data func(certificate string) string
		err  string
	}{
		"3DES":          {sealWith(t, file, azurecerttest.Options{}, folded), ""},
		"AES":           {sealWith(t, file, azurecerttest.Options{AES: 256}, base64.StdEncoding.EncodeToString), ""},
		"OAEP":          {sealWith(t, file, azurecerttest.Options{AES: 128, OAEP: true}, folded), ""},
		"by key":        {sealWith(t, file, azurecerttest.Options{ByKeyID: true}, folded), ""},
		"in pieces":     {sealWith(t, file, azurecerttest.Options{Pieces: 1000}, folded), ""},
		"not base64":    {func(string) string { return "!!!!" }, failed + "failed to read cms file: illegal base64 data at input byte 0"},
		"nothing":       {func(string) string { return "" }, failed + "malformed data: cut short"},
		"no envelope":   {func(string) string { return "MAYGBCoDBAU=" }, failed + "content of type 1.2.3.4.5, not enveloped data"},
		"hello":         {func(string) string { return "aGVsbG8=" }, failed + "malformed data: cut short"},
		"for us by any": {func(string) string { return foreign(t, file) }, failed + "data enveloped for another certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "azurestack")
			m.write(keyFile, "old\n")
			m.cloud.SetCertificates(nil)
			m.cloud.Handle(certificatesPath, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("x-ms-cipher-name") != "DES_EDE3_CBC" {
					http.Error(w, "no cipher", http.StatusBadRequest)
					return
				}
				_, _ = io.WriteString(w, "<CertificateFile><Version>1</Version><Data>"+c.data(r.Header.Get("x-ms-guest-agent-public-x509-cert"))+"</Data></CertificateFile>")
			}))
			err := m.keys("azurestack")
			if c.err != "" {
				require.EqualError(t, err, c.err)
				m.want(keyFile, "old\n")
				return
			}
			require.NoError(t, err)
			m.want(keyFile, k.line)
		})
	}
}

func sealWith(t *testing.T, file []byte, o azurecerttest.Options, write func([]byte) string) func(string) string {
	return func(certificate string) string {
		sealed, err := azurecerttest.Seal(certificate, file, o)
		if err != nil {
			t.Error(err)
		}
		return write(sealed)
	}
}

// foreign is an envelope for a certificate that is not the one of the request.
func foreign(t *testing.T, file []byte) string {
	cert := makeStackKeys().own
	sealed, err := azurecerttest.Seal(base64.StdEncoding.EncodeToString(cert.Raw), file, azurecerttest.Options{})
	if err != nil {
		t.Error(err)
	}
	return base64.StdEncoding.EncodeToString(sealed)
}

func TestAzureStackGoalState(t *testing.T) {
	for name, c := range map[string]struct{ body, err string }{
		"no certificates":     {goal(""), ""},
		"no instance":         {"<GoalState><Incarnation>7</Incarnation><Container><ContainerId>c</ContainerId><RoleInstanceList/></Container></GoalState>", ""},
		"empty":               {goal("<Certificates/>"), "unexpected empty certificates endpoint"},
		"blank":               {goal("<Certificates> \n</Certificates>"), "unexpected empty certificates endpoint"},
		"absent":              {goal("<Certificates>http://168.63.129.16/none?comp=x</Certificates>"), "failed to fetch certificate: failed to get certificates: " + notFound},
		"relative":            {goal("<Certificates>/certs</Certificates>"), "failed to fetch certificate: failed to get certificates: failed to parse uri: relative URL without a base"},
		"URL of another host": {goal("<Certificates>http://10.9.9.9/certs</Certificates>"), `failed to fetch certificate: failed to get certificates: address "http://10.9.9.9/certs" is not one of the WireServer`},
		"no goal state":       {"-", "failed to get goal state: " + notFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "azurestack")
			m.write(keyFile, "old\n")
			dialed := m.dials()
			m.change(change{goalPath, c.body})
			err := m.keys("azurestack")
			require.NotContains(t, dialed(), "10.9.9.9:80")
			if c.err != "" {
				require.EqualError(t, err, "writing ssh keys: "+c.err)
				m.want(keyFile, "old\n")
				return
			}
			require.NoError(t, err)
			m.want(keyFile, "")
		})
	}
}

func TestAzureStackHostname(t *testing.T) {
	const failed = "writing hostname: failed to get metadata JSON: "
	for name, c := range map[string]struct{ body, want, err string }{
		"usual":           {`{"vmName":"stack7","subscriptionId":"","x":1}`, "stack7\n", ""},
		"no name":         {`{"subscriptionId":"s"}`, "", failed + "failed to deserialize data: failed json deserialization: missing field `vmName`"},
		"null":            {`{"vmName":null,"subscriptionId":"s"}`, "", failed + "failed to deserialize data: failed json deserialization: vmName: invalid type: null, expected a string"},
		"no subscription": {`{"vmName":"x"}`, "", failed + "failed to deserialize data: failed json deserialization: missing field `subscriptionId`"},
		"absent":          {"-", "", failed + notFound},
		"garbage":         {"{", "", failed + "*"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "azurestack")
			m.change(change{identityPath, c.body})
			err := m.hostname("azurestack")
			if text, any := strings.CutSuffix(c.err, "*"); any {
				require.ErrorContains(t, err, text)
			} else if c.err != "" {
				require.EqualError(t, err, c.err)
			} else {
				require.NoError(t, err)
			}
			m.want("hostname", c.want)
		})
	}
}

func TestAzureStackHasNoAttributes(t *testing.T) {
	m := newMachine(t, "azurestack")
	require.NoError(t, m.attributes("azurestack"))
	m.wantMode("attributes", 0o644)
	require.Equal(t, 1, len(m.cloud.Requests()))
	require.Equal(t, "GET", m.cloud.Requests()[0].Method)
	m.cloud.Inject(versionsPath, 0, fakecloud.CutBody())
	require.Error(t, m.attributes("azurestack"))
}
