package disks

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/internal/run"
)

// tangPin is the configuration of Clevis' pin tang.
type tangPin struct {
	URL           string `json:"url"`
	Thumbprint    string `json:"thp,omitempty"`
	Advertisement any    `json:"adv,omitempty"`
}

// sssPins are the pins that share the secret. An empty list of Tang servers is left
// out only if there is another pin.
type sssPins struct {
	Tang []tangPin `json:"tang,omitempty"`
	Tpm2 *struct{} `json:"tpm2,omitempty"`
}

type sssTangOnly struct {
	Tang []tangPin `json:"tang"`
}

type sssConfig struct {
	Pins      any `json:"pins"`
	Threshold int `json:"t"`
}

// clevisConfig is the pin and its configuration.
func clevisConfig(c *types.Clevis) (pin, config string, err error) {
	if !empty(c.Custom.Pin) {
		return *c.Custom.Pin, text(c.Custom.Config), nil
	}
	var tang []tangPin
	for _, t := range c.Tang {
		p := tangPin{URL: t.URL, Thumbprint: text(t.Thumbprint)}
		if !empty(t.Advertisement) {
			if err := json.Unmarshal([]byte(*t.Advertisement), &p.Advertisement); err != nil {
				return "", "", fmt.Errorf("unmarshalling advertisement: %w", err)
			}
		}
		tang = append(tang, p)
	}
	sss := sssConfig{Pins: sssTangOnly{tang}, Threshold: value(c.Threshold, 1)}
	if isTrue(c.Tpm2) {
		sss.Pins = sssPins{Tang: tang, Tpm2: &struct{}{}}
	}
	b, err := json.Marshal(sss)
	if err != nil {
		return "", "", fmt.Errorf("creating clevis json: %w", err)
	}
	return "sss", string(b), nil
}

// bind binds the volume to Clevis, and tests that where it can succeed now: servers
// whose advertisement is given may be out of reach on purpose.
func (v *volume) bind(ctx context.Context) error {
	c := &v.cfg.Clevis
	if !hasClevis(c) {
		return nil
	}
	pin, config, err := clevisConfig(c)
	if err != nil {
		return err
	}
	reachable, err := v.reachTang(ctx)
	if err != nil {
		return err
	}
	cmd := run.Command("clevis", "luks", "bind", "-f", "-k", v.keyFile, "-d", v.alias, pin, config)
	var secrets []string
	if !empty(c.Custom.Pin) {
		secrets = append(secrets, config) // only its author knows what is in it
	}
	if err := v.cmd(ctx, "Clevis bind", cmd, secrets...); err != nil {
		return fmt.Errorf("binding clevis device: %w", err)
	}
	if isTrue(c.Tpm2) {
		reachable++
	}
	if reachable < value(c.Threshold, 1) {
		return nil
	}
	return v.testUnlock(ctx)
}

// reachTang waits until each server whose advertisement is not given answers: clevis
// would not try again. It returns their number.
func (v *volume) reachTang(ctx context.Context) (int, error) {
	n := 0
	for _, t := range v.cfg.Clevis.Tang {
		if !empty(t.Advertisement) {
			continue
		}
		n++
		u, err := url.Parse(t.URL)
		if err != nil {
			return n, fmt.Errorf("parsing tang URL: %w", err)
		}
		u.Path = path.Join(u.Path, "adv")
		source := u.String()
		if err := v.h.Fetcher.Fetch(resource.ContextWithLog(ctx, v.log), types.Resource{Source: &source}, io.Discard); err != nil {
			return n, fmt.Errorf("fetching tang advertisement: %w", err)
		}
	}
	return n, nil
}

func (v *volume) testUnlock(ctx context.Context) error {
	cmd := run.Command("cryptsetup", "luksClose", v.cfg.Name)
	if err := v.cmd(ctx, fmt.Sprintf("closing clevis luks device %v", v.cfg.Name), cmd); err != nil {
		return fmt.Errorf("closing luks device: %w", err)
	}
	cmd = run.Command("clevis", "luks", "unlock", "-d", v.alias, "-n", v.cfg.Name)
	if err := v.cmd(ctx, fmt.Sprintf("reopening clevis luks device %s", v.cfg.Name), cmd); err != nil {
		return fmt.Errorf("reopening luks device %s: %w", v.cfg.Name, err)
	}
	return nil
}
