//go:build unix

package files

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/run"
)

const crypttab = "/etc/crypttab"

// planCrypttab returns the step that writes the keys and the lines of crypttab.
func (s *stage) planCrypttab() (*plan.Plan, error) {
	p := &plan.Plan{}
	for i, l := range s.cfg.Storage.Luks {
		step := plan.Step{Verb: plan.Append, Kind: "crypttab", Name: l.Name, Entry: fmt.Sprintf("$.storage.luks.%d", i), Detail: "no key file"}
		if !hasClevis(l.Clevis) {
			step.Detail = "key file " + s.keyPath(l.Name)
		}
		last := i == len(s.cfg.Storage.Luks)-1
		if last {
			step.Do = s.writeCrypttab
		}
		if s.guess != nil {
			if err := s.foreseeLuks(l, last); err != nil {
				step.Verb, step.Err = plan.Fail, fmt.Errorf("creating crypttab entries: %w", err)
				step.Detail = step.Err.Error()
			}
		}
		p.Add(step)
	}
	return p, nil
}

// foreseeLuks looks for what is in the way of a key file, and of crypttab at last.
func (s *stage) foreseeLuks(l types.Luks, last bool) error {
	if err := host.CheckLuksName(l.Name); err != nil {
		return err
	}
	var names []string
	if !hasClevis(l.Clevis) {
		names = append(names, s.keyPath(l.Name))
	}
	if last {
		names = append(names, crypttab)
	}
	return s.foresee("adding luks related files", names, crypttab)
}

// foresee predicts files that the config implies: new ones, but for one with lines.
func (s *stage) foresee(text string, names []string, lines string) error {
	w := s.writer(s.h.Log)
	for _, name := range names {
		e, err := s.implied(file, name, 0o600)
		if err != nil {
			return err
		}
		if name == lines {
			e.appends = []content{{inline: []byte{}}}
		} else {
			e.contents = &content{inline: []byte{}}
		}
		if v := w.predict(&e); v.err != nil {
			return fmt.Errorf("%s: error creating %s: %w", text, e.shown, v.err)
		}
	}
	return nil
}

func (s *stage) keyPath(name string) string { return path.Join(s.h.Settings.LuksKeyDir, name) }

func hasClevis(c types.Clevis) bool {
	return c.Custom.Pin != nil && *c.Custom.Pin != "" || len(c.Tang) > 0 || c.Tpm2 != nil && *c.Tpm2 ||
		c.Threshold != nil && *c.Threshold != 0
}

func needsNetwork(c types.Clevis) bool {
	return len(c.Tang) > 0 || c.Custom.Pin != nil && *c.Custom.Pin != "" && c.Custom.NeedsNetwork != nil && *c.Custom.NeedsNetwork
}

func (s *stage) writeCrypttab(ctx context.Context) error {
	tab, err := s.implied(file, crypttab, 0o600)
	if err != nil {
		return fmt.Errorf("building crypttab filepath: %w", err)
	}
	tab.lines = true
	var entries []entry
	for _, l := range s.cfg.Storage.Luks {
		line, key, err := s.crypttabLine(ctx, l)
		if err != nil {
			return err
		}
		tab.appends = append(tab.appends, content{inline: []byte(line)})
		if key != nil {
			entries = append(entries, *key)
		}
	}
	if len(entries) > 0 {
		dir, err := s.implied(directory, s.h.Settings.LuksKeyDir, 0o700)
		if err != nil {
			return fmt.Errorf("building keyfile dir path: %w", err)
		}
		_, err = s.t.Lstat(dir.path)
		if tree.Missing(err) {
			entries = append([]entry{dir}, entries...)
		} else if err != nil {
			return fmt.Errorf("checking if keyfile dir exists: %w", err)
		}
	}
	w := s.writer(s.h.Log.With("createCrypttabEntries").With("createFiles"))
	if err := s.apply(ctx, w, append(entries, tab)); err != nil {
		return fmt.Errorf("adding luks related files: %w", err)
	}
	// The only copies left are those on the encrypted or otherwise protected root.
	s.h.State.LuksPersistKeyFiles = nil
	return nil
}

// crypttabLine returns the line of a device, and the file of its key if it has one.
func (s *stage) crypttabLine(ctx context.Context, l types.Luks) (string, *entry, error) {
	if err := host.CheckLuksName(l.Name); err != nil {
		return "", nil, err
	}
	if l.Device == nil {
		return "", nil, fmt.Errorf("luks %q has no device", l.Name)
	}
	c := run.Command("cryptsetup", "luksUUID", path.Join(s.h.Settings.AliasDir, *l.Device))
	out, err := s.h.Log.With("createCrypttabEntries").Try(ctx, s.h.Run, c)
	if err != nil {
		return "", nil, fmt.Errorf("gathering luks uuid: %s: %w", strings.TrimSpace(string(out)), err)
	}
	uuid := strings.TrimSpace(string(out))
	if uuid == "" || strings.ContainsAny(uuid, " \t\n") {
		return "", nil, fmt.Errorf("gathering luks uuid: unexpected output %q", uuid)
	}
	options := "luks"
	if needsNetwork(l.Clevis) {
		options += ",_netdev"
	}
	// Attached by the initramfs: the real root does not detach it when it shuts down.
	options += ",x-initrd.attach"
	key, keyFile := "none", (*entry)(nil)
	if !hasClevis(l.Clevis) {
		key = s.keyPath(l.Name)
		source, ok := s.h.State.LuksPersistKeyFiles[l.Name]
		if !ok {
			return "", nil, fmt.Errorf("missing persisted keyfile for %s", l.Name)
		}
		if keyFile, err = s.keyFile(key, source); err != nil {
			return "", nil, fmt.Errorf("building keyfile path: %w", err)
		}
	}
	return fmt.Sprintf("%s UUID=%s %s %s\n", l.Name, uuid, key, options), keyFile, nil
}

// keyFile is the entry for a key that the state has as a data URL.
func (s *stage) keyFile(name, source string) (*entry, error) {
	e, err := s.implied(file, name, 0o600)
	e.contents = &content{res: types.Resource{Source: &source}}
	return &e, err
}

// implied is an entry that no path of the config names.
func (s *stage) implied(k kind, name string, mode uint32) (entry, error) {
	see := tree.Sight(s.t)
	if s.guess != nil {
		see = s.guess
	}
	p, err := see.Resolve(name)
	return entry{kind: k, path: p, shown: s.t.Path(p), mode: &mode}, err
}

// planCex returns the step that writes the secure keys of IBM Crypto Express cards.
func (s *stage) planCex() (*plan.Plan, error) {
	p := &plan.Plan{}
	last := -1
	for i, l := range s.cfg.Storage.Luks {
		if l.Cex.Enabled != nil && *l.Cex.Enabled {
			p.Add(plan.Step{
				Verb: plan.Create, Kind: "key file", Name: l.Name, Entry: fmt.Sprintf("$.storage.luks.%d.cex", i),
				Detail: "secure key in " + s.h.Settings.CexKeyRepository,
			})
			last = len(p.Steps) - 1
			p.Steps[last].Do = func(ctx context.Context) error { return s.writeCexKeys(ctx, l.Name) }
			if s.guess == nil {
				continue
			}
			names := make([]string, len(cexSuffixes))
			for j, suffix := range cexSuffixes {
				names[j] = path.Join(s.h.Settings.CexKeyRepository, "ignition-luks-"+l.Name+suffix)
			}
			if err := s.foresee("adding luks volume related files", names, ""); err != nil {
				step := &p.Steps[last]
				step.Verb, step.Err = plan.Fail, fmt.Errorf("creating cex volume key entries: %w", err)
				step.Detail = step.Err.Error()
			}
		}
	}
	if last >= 0 {
		do := p.Steps[last].Do
		p.Steps[last].Do = func(ctx context.Context) error {
			err := do(ctx)
			if err == nil {
				s.h.State.LuksPersistVolumeKeyFiles = nil
			}
			return err
		}
	}
	return p, nil
}

// cexSuffixes are those of the two files of a secure key.
var cexSuffixes = [...]string{".info", ".skey"}

func (s *stage) writeCexKeys(ctx context.Context, luks string) error {
	var entries []entry
	for _, suffix := range cexSuffixes {
		name := "ignition-luks-" + luks + suffix
		at := path.Join(s.h.Settings.CexKeyRepository, name)
		source, ok := s.h.State.LuksPersistVolumeKeyFiles[name]
		if !ok {
			return fmt.Errorf("missing persisted zkeyfile for %s", at)
		}
		e, err := s.keyFile(at, source)
		if err != nil {
			return fmt.Errorf("building zkeyfile path: %w", err)
		}
		entries = append(entries, *e)
	}
	w := s.writer(s.h.Log.With("createCexVolumeKeys").With("createFiles"))
	if err := s.apply(ctx, w, entries); err != nil {
		return fmt.Errorf("adding luks volume related files: %w", err)
	}
	return nil
}
