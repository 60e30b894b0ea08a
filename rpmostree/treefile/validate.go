package treefile

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// addFileDest tells whether a file may be added there. /etc is allowed: it becomes /usr/etc later.
func addFileDest(dest string) bool {
	p := strings.TrimLeft(dest, "/")
	if strings.HasPrefix(p, "usr/local/") {
		return false
	}
	for _, top := range []string{"usr/", "etc/", "bin/", "sbin/", "lib/", "lib64/"} {
		if strings.HasPrefix(p, top) {
			return !strings.Contains("/"+p+"/", "/../")
		}
	}
	return false
}

// validate checks what concerns every treefile.
func (t *Treefile) validate() error {
	for _, a := range t.AddFiles {
		if !addFileDest(a.Dest) {
			return fmt.Errorf("Unsupported path in add-files: %s", clip(a.Dest))
		}
	}
	if s := t.AutomaticVersionSuffix; s != nil && (len(*s) != 1 || (*s)[0] >= 0x80) {
		return fmt.Errorf("Invalid automatic-version-suffix, must be exactly one ASCII character: %s", clip(*s))
	}
	return nil
}

// validateBase checks what concerns compositions.
func (t *Treefile) validateBase() error {
	if _, ok := t.Repovars["releasever"]; ok {
		return errors.New(`Treefile repo var "releasever" invalid; use "releasever" field instead`)
	}
	if _, ok := t.Repovars["basearch"]; ok {
		return errors.New(`Treefile repo var "basearch" invalid; it is automatically filled in`)
	}
	if v := or(t.SELinuxLabelVersion, 0); v > 1 {
		return fmt.Errorf("Invalid selinux-label-version: %d", v)
	}
	return nil
}

// ErrorIfDeriving refuses keys that make sense on top of an existing commit only.
func (t *Treefile) ErrorIfDeriving() error {
	return refuse(t.Derive, Derive{}, "the following derivation fields are not supported")
}

// ErrorIfBase refuses keys of compositions, except those that the parser sets or that options of
// clients give: basearch, variables, releasever and repos.
func (t *Treefile) ErrorIfBase() error {
	allowed := Base{Basearch: t.Basearch, Variables: t.Variables, Releasever: t.Releasever, Repos: t.Repos}
	return refuse(t.Base, allowed, "the following base fields are not supported")
}

// ErrorIfNotContainer refuses keys that cannot be applied to the system of a running container.
func (t *Treefile) ErrorIfNotContainer() error {
	if err := t.ErrorIfBase(); err != nil {
		return err
	}
	rest := t.Derive
	rest.PackagesLocal, rest.OverrideReplace, rest.OverrideRemove, rest.OverrideReplaceLocal = nil, nil, nil, nil
	return refuse(rest, Derive{}, "the following non-container derivation fields are not supported")
}

// refuse returns an error that shows what is there in JSON.
func refuse(have, want any, text string) error {
	if reflect.DeepEqual(have, want) {
		return nil
	}
	if b, ok := have.(Base); ok && len(b.Extra) > 0 {
		have = &Config{Base: b} // with the keys that have no meaning
	}
	b, err := encode(have, "  ")
	if err != nil {
		return err
	}
	return fmt.Errorf("%s:\n%s", text, b)
}

// Warnings returns messages about keys that are deprecated or may change, in the order and words of
// rpm-ostree.
func (t *Treefile) Warnings() []string {
	var out []string
	if b := t.BootLocationOrDefault(); b != BootModules {
		out = append(out, fmt.Sprintf("warning: boot-location: %q is deprecated, use boot-location: modules", b))
	}
	if len(t.InitramfsArgs) > 0 {
		out = append(out, "warning: initramfs-args is deprecated, use /etc/dracut.conf.d")
	}
	if t.UseCliwrap() {
		out = append(out, "warning: cliwrap is deprecated and slated for removal")
	}
	if t.LockfileRepos != nil {
		out = append(out, "NOTICE: treefile key `lockfile-repos` is experimental and subject to change")
	}
	return out
}

// Unsupported returns the keys, sorted, that ask for something that this module cannot compose. A
// composition must refuse them rather than give another result.
func (t *Treefile) Unsupported() []string {
	var out []string
	add := func(key string, asked bool) {
		if asked {
			out = append(out, key)
		}
	}
	add("boot-location: kernel-install", t.BootLocationOrDefault() == BootKernelInstall)
	add("cliwrap", t.UseCliwrap())
	add("cliwrap-binaries", len(t.CliwrapBinaries) > 0)
	add("ignore-devices: false", !t.DropDevices())
	add("ima", or(t.IMA, false))
	add("rpmdb: host", or(t.RPMDB, RPMDBTarget) == RPMDBHost)
	return out
}
