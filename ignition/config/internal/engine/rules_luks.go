package engine

import (
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

func (c *checker) luks(p *place, l *types.Luks) {
	if strings.Contains(l.Name, "/") {
		c.fail("device names cannot contain slashes", p, "name")
	}
	// The header has 48 bytes, with a zero at the end.
	if l.Label != nil && len(*l.Label) > 47 {
		c.fail("luks device labels cannot be longer than 47 characters", p, "label")
	}
	if empty(l.Device) {
		c.fail("disk device is required", p, "device")
	} else {
		c.fail(checkPath(*l.Device), p, "device")
	}

	others := len(l.Clevis.Tang) > 0 || isTrue(l.Clevis.Tpm2) || l.Clevis.Threshold != nil && *l.Clevis.Threshold != 0
	custom := !empty(l.Clevis.Custom.Pin)
	if c.version < V3_3 {
		custom = l.Clevis.Custom.Pin != nil
	}
	if custom && others {
		c.fail("cannot use custom clevis config with tpm2, tang, or threshold", p, "clevis")
	}
	// There is no key "keys", so the entry is shown at the device.
	if !empty(l.KeyFile.Source) && c.checkURL(*l.KeyFile.Source) != "" {
		c.fail("invalid key-file source", p, "keys")
	}
	if c.version >= V3_5 && isTrue(l.Cex.Enabled) {
		if others || !empty(l.Clevis.Custom.Pin) {
			c.fail("cannot use cex with clevis", p, "cex")
		}
		if !empty(l.KeyFile.Source) {
			c.fail("cannot use key file with cex", p, "cex")
		}
	}

	clevis := at(p, "clevis")
	pin := at(&clevis, "custom")
	c.customPin(&pin, &l.Clevis.Custom)
	each(&clevis, "tang", l.Clevis.Tang, c.tang)
	key := at(p, "keyFile")
	c.resource(&key, &l.KeyFile)
}

// customPin checks a pin of one's own. Up to 3.2.0 needing the network alone was
// no reason for a pin; up to 3.5.0 only three pins were known.
func (c *checker) customPin(p *place, custom *types.ClevisCustom) {
	if empty(custom.Pin) && empty(custom.Config) && (c.version < V3_3 || !isTrue(custom.NeedsNetwork)) {
		return
	}
	switch {
	case empty(custom.Pin) && c.version >= V3_3:
		c.fail("missing required custom clevis pin", p, "pin")
	case c.version < V3_6 && (empty(custom.Pin) || !knownPin(*custom.Pin)):
		c.fail("unsupported clevis pin", p, "pin")
	}
	if empty(custom.Config) {
		c.fail("missing required custom clevis config", p, "config")
	}
}

func knownPin(pin string) bool { return pin == "tpm2" || pin == "tang" || pin == "sss" }

func (c *checker) tang(p *place, t *types.Tang) {
	switch scheme, ok := urlScheme(t.URL); {
	case !ok:
		c.fail(badURL, p, "url")
	case scheme != "http" && scheme != "https":
		c.fail(badScheme, p, "url")
	}
	if empty(t.Thumbprint) {
		c.fail("thumbprint is required", p, "thumbprint")
	}
	if c.version >= V3_4 && !empty(t.Advertisement) && !isJSON(*t.Advertisement) {
		c.fail("advertisement is not valid JSON", p, "advertisement")
	}
}
