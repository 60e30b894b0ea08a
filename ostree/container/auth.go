package container

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// RegistryOptions say how registries are reached. The zero value is anonymous access over HTTPS (plain
// HTTP to the local machine).
type RegistryOptions struct {
	// AuthFile holds credentials in the format of docker and podman (config.json, auth.json). It must exist.
	AuthFile string
	// Keychain finds credentials when there is no AuthFile; nil means anonymous access.
	Keychain authn.Keychain
	// CertDir holds certificates: *.crt of authorities, *.cert with *.key of this client.
	CertDir string
	// Insecure accepts any server certificate, and plain HTTP.
	Insecure bool
	// Transport replaces the HTTP transport; CertDir and Insecure have no effect on it.
	Transport http.RoundTripper
	// UserAgent is sent to registries.
	UserAgent string
}

// parseName reads the name of an image in a registry.
func parseName(s string, o *RegistryOptions) (name.Reference, error) {
	var opts []name.Option
	if o != nil && o.Insecure {
		opts = append(opts, name.Insecure)
	}
	return name.ParseReference(s, opts...)
}

// remoteOptions translates the options for the registry client.
func (o *RegistryOptions) remoteOptions(ctx context.Context) ([]remote.Option, error) {
	if o == nil {
		o = &RegistryOptions{}
	}
	t, err := o.transport()
	if err != nil {
		return nil, err
	}
	opts := []remote.Option{remote.WithContext(ctx), remote.WithTransport(&resuming{base: t})}
	keys := o.Keychain
	if o.AuthFile != "" {
		if keys, err = loadAuthFile(o.AuthFile); err != nil {
			return nil, err
		}
	}
	if keys != nil {
		opts = append(opts, remote.WithAuthFromKeychain(keys))
	}
	if o.UserAgent != "" {
		opts = append(opts, remote.WithUserAgent(o.UserAgent))
	}
	return opts, nil
}

func (o *RegistryOptions) transport() (http.RoundTripper, error) {
	if o.Transport != nil {
		return o.Transport, nil
	}
	t := remote.DefaultTransport.(*http.Transport).Clone()
	if o.CertDir == "" && !o.Insecure {
		return t, nil
	}
	t.TLSClientConfig = &tls.Config{InsecureSkipVerify: o.Insecure}
	if o.CertDir == "" {
		return t, nil
	}
	return t, loadCertDir(t.TLSClientConfig, o.CertDir)
}

// loadCertDir takes the certificates of a directory, as podman's certs.d.
func loadCertDir(c *tls.Config, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch filepath.Ext(path) {
		case ".crt":
			if err := addAuthority(c, path); err != nil {
				return err
			}
		case ".cert":
			pair, err := tls.LoadX509KeyPair(path, strings.TrimSuffix(path, ".cert")+".key")
			if err != nil {
				return err
			}
			c.Certificates = append(c.Certificates, pair)
		case ".key":
			if _, err := os.Stat(strings.TrimSuffix(path, ".key") + ".cert"); err != nil {
				return fmt.Errorf("missing client certificate for key %s", path)
			}
		}
	}
	return nil
}

func addAuthority(c *tls.Config, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if c.RootCAs == nil {
		if c.RootCAs, err = x509.SystemCertPool(); err != nil {
			c.RootCAs = x509.NewCertPool()
		}
	}
	if !c.RootCAs.AppendCertsFromPEM(b) {
		return fmt.Errorf("no certificate in %s", path)
	}
	return nil
}

// authFile is a keychain made of one file.
type authFile struct{ c *configfile.ConfigFile }

func loadAuthFile(path string) (authn.Keychain, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := config.LoadFromReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return authFile{c}, nil
}

// Resolve looks for the most specific entry: of the repository, its namespaces, then the registry.
func (a authFile) Resolve(target authn.Resource) (authn.Authenticator, error) {
	key := target.String()
	for {
		look := key
		if look == name.DefaultRegistry {
			look = authn.DefaultAuthKey
		}
		cfg, err := a.c.GetAuthConfig(look)
		if err != nil {
			return nil, err
		}
		if cfg.Username != "" || cfg.Password != "" || cfg.Auth != "" || cfg.IdentityToken != "" || cfg.RegistryToken != "" {
			return authn.FromConfig(authn.AuthConfig{Username: cfg.Username, Password: cfg.Password, Auth: cfg.Auth,
				IdentityToken: cfg.IdentityToken, RegistryToken: cfg.RegistryToken}), nil
		}
		i := strings.LastIndexByte(key, '/')
		if i < 0 {
			return authn.Anonymous, nil
		}
		key = key[:i]
	}
}
