package afterburn

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/afterburn/internal/azurecert"
	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// azureStack is Microsoft's cloud for one's own data centre. Its metadata service
// does not know keys; they come as certificates from the WireServer.
type azureStack struct{ *wireServer }

func newAzureStack(ctx context.Context, e *env) (Provider, error) {
	w, err := e.wireServer(ctx, "AzureStack")
	if err != nil {
		return nil, err
	}
	return &azureStack{w}, nil
}

// Attributes implements AttributeSource; there are none.
func (a *azureStack) Attributes(context.Context) (Attributes, error) { return nil, nil }

// Hostname implements HostnameSource.
func (a *azureStack) Hostname(ctx context.Context) (string, bool, error) {
	var identity azureStackIdentity
	d := web.Doc{URL: azureMetadata + "/Microsoft.Compute/identity?api-version=2019-03-11", Required: true}
	if _, err := a.metadata.JSON(ctx, d, &identity); err != nil {
		return "", false, fmt.Errorf("failed to get metadata JSON: %w", err)
	}
	return identity.name, true, nil
}

type azureStackIdentity struct{ name string }

// UnmarshalJSON reads what is used of the document, and what upstream requires besides.
func (d *azureStackIdentity) UnmarshalJSON(data []byte) error {
	o := parseObject(data)
	d.name = o.text("vmName")
	o.text("subscriptionId")
	return o.err()
}

// SSHKeys implements KeySource. There is one key at most.
func (a *azureStack) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	g, err := a.goalState(ctx, 0)
	if err != nil {
		return nil, err
	}
	role, err := g.role()
	if err != nil || role.Configuration.Certificates == nil {
		return nil, nil
	}
	address := trimXML(*role.Configuration.Certificates)
	if address == "" {
		return nil, errors.New("unexpected empty certificates endpoint")
	}
	id, err := azurecert.NewIdentity(a.now())
	if err != nil {
		return nil, fmt.Errorf("failed to generate keys: %w", err)
	}
	data, err := a.certificates(ctx, address, id)
	if err != nil {
		return nil, fmt.Errorf("failed to fetch certificate: %w", fmt.Errorf("failed to get certificates: %w", err))
	}
	return openCertificates(data, id)
}

// certificates gets the encrypted certificates, in base64.
func (a *azureStack) certificates(ctx context.Context, address string, id *azurecert.Identity) (string, error) {
	address, err := a.ownURL(address)
	if err != nil {
		return "", err
	}
	header := web.Header{
		"X-Ms-Cipher-Name": {"DES_EDE3_CBC"}, "X-Ms-Guest-Agent-Public-X509-Cert": {id.Header()},
	}
	var file struct{ Data string }
	err = a.document(ctx, a.wire, web.Doc{URL: address, Header: header}, &file)
	return file.Data, err
}

// openCertificates takes the key out of the encrypted certificates.
func openCertificates(data string, id *azurecert.Identity) ([]sshkeys.Key, error) {
	envelope, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
	if err != nil {
		return nil, fmt.Errorf("failed to decrypt cms blob: %w", fmt.Errorf("failed to read cms file: %w", err))
	}
	file, err := id.Decrypt(envelope)
	if err != nil {
		return nil, fmt.Errorf("failed to decrypt cms blob: %w", err)
	}
	chain, err := azurecert.Chain(file)
	if err != nil {
		return nil, fmt.Errorf("failed to convert pkcs12 blob to ssh pubkey: %w", fmt.Errorf("failed to parse pkcs12 blob: %w", err))
	}
	if len(chain) == 0 {
		return nil, nil
	}
	key, err := chain[0].RSA()
	if err != nil {
		return nil, fmt.Errorf("failed to convert pkcs12 blob to ssh pubkey: %w", fmt.Errorf("failed to get rsa contents from pkey: %w", err))
	}
	return []sshkeys.Key{sshkeys.FromRSA(key)}, nil
}
