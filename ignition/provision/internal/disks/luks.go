package disks

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/internal/run"
)

// errBadVolume is what remains of a mismatch; the log has the details.
var errBadVolume = errors.New("volume is not of the correct type")

// luks does the encrypted volumes one after the other: each may be on another.
func (s *stage) luks(ctx context.Context) error {
	if len(s.cfg.Storage.Luks) == 0 {
		return nil
	}
	var devices []string
	for _, l := range s.cfg.Storage.Luks {
		devices = append(devices, text(l.Device))
	}
	if err := s.prepare(ctx, devices, "luks"); err != nil {
		return err
	}
	for i, l := range s.cfg.Storage.Luks {
		if err := host.CheckLuksName(l.Name); err != nil {
			return of(entry("luks", i), err)
		}
	}
	s.h.State.LuksPersistKeyFiles = make(map[string]string)
	s.h.State.LuksPersistVolumeKeyFiles = make(map[string]string)
	for i := range s.cfg.Storage.Luks {
		v := s.volume(i)
		step, err := v.plan(ctx)
		if err != nil {
			return of(v.step.Entry, err)
		}
		if err := s.apply(ctx, &plan.Plan{Steps: []plan.Step{step}}); err != nil {
			return err
		}
	}
	return nil
}

// planLuks decides by signatures alone: whether a key opens a volume is not known.
func (s *stage) planLuks(_ context.Context, p *plan.Plan) error {
	for i := range s.cfg.Storage.Luks {
		v := s.volume(i)
		step := v.predictStep()
		p.Add(step)
		if step.Verb == plan.Fail || step.Verb == plan.Run {
			continue
		}
		mapper := "/dev/mapper/" + v.cfg.Name
		names := []string{mapper, "/dev/disk/by-id/dm-name-" + v.cfg.Name}
		if !empty(v.cfg.UUID) {
			names = append(names, "/dev/disk/by-id/dm-uuid-CRYPT-LUKS2-"+strings.ReplaceAll(*v.cfg.UUID, "-", "")+"-"+v.cfg.Name)
		}
		made := area{}
		if step.Verb == plan.Keep {
			if _, err := s.find(mapper); err == nil {
				continue // open now: what is in it can be seen
			}
			made.sealed = true
		}
		if err := s.predict(made, names...); err != nil {
			return err
		}
	}
	return nil
}

// volume is one encrypted volume at work.
type volume struct {
	*stage
	cfg    *types.Luks
	device string
	alias  string
	step   plan.Step

	keyFile   string // path
	ephemeral bool   // the key was made here
}

func (s *stage) volume(i int) *volume {
	l := &s.cfg.Storage.Luks[i]
	v := &volume{stage: s, cfg: l, device: text(l.Device)}
	v.alias = s.alias(v.device)
	v.step = plan.Step{Verb: plan.Format, Kind: "luks", Name: l.Name, Entry: entry("luks", i), Detail: "on " + v.device}
	return v
}

func hasClevis(c *types.Clevis) bool {
	return !empty(c.Custom.Pin) || len(c.Tang) > 0 || isTrue(c.Tpm2) || value(c.Threshold, 0) != 0
}

func (v *volume) bad(format string, args ...any) plan.Step {
	detail := fmt.Sprintf(format, args...)
	v.log.Err("%s", detail)
	v.step.Verb, v.step.Detail, v.step.Err = plan.Fail, detail, errBadVolume
	return v.step
}

func (v *volume) predictStep() plan.Step {
	if err := host.CheckLuksName(v.cfg.Name); err != nil {
		return fail("luks", v.step.Name, v.step.Entry, err)
	}
	found, err := v.probe(v.device)
	if unknown(err) {
		v.step.Verb, v.step.Detail = plan.Run, err.Error()
		return v.step
	}
	if err != nil {
		return fail("luks", v.step.Name, v.step.Entry, err)
	}
	v.step.Destroys = holds(found)
	switch {
	case isTrue(v.cfg.WipeVolume) || found.Type == "":
		return v.step
	case found.Type != "crypto_LUKS":
		return v.bad("volume at %q is not of the correct type (found %s) and a volume wipe was not requested", v.device, found.Type)
	}
	v.step.Destroys = false
	err = v.reusable()
	if err == nil && !empty(v.cfg.Label) && found.Label != *v.cfg.Label {
		err = fmt.Errorf("volume label %q doesn't match expected label %q", found.Label, *v.cfg.Label)
	}
	if err == nil && !empty(v.cfg.UUID) && found.UUID != *v.cfg.UUID {
		err = fmt.Errorf("volume UUID %q doesn't match expected UUID %q", found.UUID, *v.cfg.UUID)
	}
	if err != nil {
		return v.bad("volume wipe was not requested and luks device %q could not be reused: %v", v.device, err)
	}
	v.step.Verb = plan.Keep
	return v.step
}

// plan looks at the volume with cryptsetup.
func (v *volume) plan(ctx context.Context) (plan.Step, error) {
	v.step.Do = v.create
	if isTrue(v.cfg.WipeVolume) {
		return v.step, nil
	}
	luks2, err := v.isLuks(ctx)
	if err != nil {
		return v.step, err
	}
	if luks2 {
		if err := v.checkReuse(ctx); err != nil {
			return v.bad("volume wipe was not requested and luks device %q could not be reused: %v", v.device, err), nil
		}
		v.step.Verb, v.step.Do = plan.Keep, v.reuse
		return v.step, nil
	}
	found, err := v.determine(fmt.Sprintf("determining volume type of %q", v.device), v.device)
	if err != nil {
		return v.step, err
	}
	v.log.Info("found %s at %q with uuid %q and label %q", found.Type, v.device, found.UUID, found.Label)
	if found.Type != "" {
		return v.bad("volume at %q is not of the correct type (found %s) and a volume wipe was not requested", v.device, found.Type), nil
	}
	return v.step, nil
}

// isLuks tells whether it is LUKS2. Another version is never overwritten.
func (v *volume) isLuks(ctx context.Context) (bool, error) {
	check := func(kind string, args ...string) (bool, error) {
		is := false
		err := v.log.Op(fmt.Sprintf("checking if %v is a %v device", v.device, kind), func(log *oplog.Logger) error {
			_, err := log.Try(ctx, v.h.Run, run.Command("cryptsetup", append([]string{"isLuks", v.alias}, args...)...))
			is = err == nil
			if oplog.Exit(err) > 0 {
				return nil
			}
			return err
		})
		return is, err
	}
	if is, err := check("luks2", "--type", "luks2"); is || err != nil {
		return is, err
	}
	is, err := check("luks")
	if err == nil && is {
		err = fmt.Errorf("%v is a luks device but not luks2; Ignition cannot reuse it", v.device)
	}
	return false, err
}

// reusable is what the config must be for reuse: a binding in the header may be
// another than that of the config, and a new key cannot fit.
func (v *volume) reusable() error {
	switch {
	case hasClevis(&v.cfg.Clevis):
		return errors.New("config must not specify clevis binding")
	case empty(v.cfg.KeyFile.Source):
		return errors.New("config must specify keyfile")
	}
	return nil
}

func (v *volume) checkReuse(ctx context.Context) error {
	if err := v.reusable(); err != nil {
		return err
	}
	if v.cfg.Label != nil {
		found, err := v.probe(v.device)
		if err != nil {
			return fmt.Errorf("retrieving filesystem info: %w", err)
		}
		if found.Label != *v.cfg.Label {
			return fmt.Errorf("volume label %q doesn't match expected label %q", found.Label, *v.cfg.Label)
		}
	}
	if v.cfg.UUID != nil {
		out, err := v.log.Try(ctx, v.h.Run, run.Command("cryptsetup", "luksUUID", v.alias))
		if err != nil {
			return err
		}
		if uuid := strings.TrimSpace(string(out)); uuid != *v.cfg.UUID {
			return fmt.Errorf("volume UUID %q doesn't match expected UUID %q", uuid, *v.cfg.UUID)
		}
	}
	return v.checkDiscard(ctx)
}

func (v *volume) checkDiscard(ctx context.Context) error {
	out, err := v.log.Try(ctx, v.h.Run, run.Command("cryptsetup", "luksDump", "--dump-json-metadata", v.alias))
	if err != nil {
		return err
	}
	var dump struct {
		Config struct {
			Flags []string `json:"flags"`
		} `json:"config"`
	}
	if err := json.Unmarshal(out, &dump); err != nil {
		return fmt.Errorf("parsing luks metadata: %w", err)
	}
	if has := slices.Contains(dump.Config.Flags, "allow-discards"); has != isTrue(v.cfg.Discard) {
		return fmt.Errorf("volume allow-discards flag %v doesn't match expected value %v", has, isTrue(v.cfg.Discard))
	}
	return nil
}

// reuse opens the volume, which shows that the key fits.
func (v *volume) reuse(ctx context.Context) error {
	return v.withKey(ctx, func() error {
		if err := v.open(ctx); err != nil {
			v.log.Err("volume wipe was not requested and luks device %q could not be reused: failed to open device using specified keyfile", v.device)
			return errBadVolume
		}
		v.log.Info("volume at %q is already correctly formatted. Skipping...", v.device)
		return nil
	})
}

func (v *volume) create(ctx context.Context) error {
	return v.withKey(ctx, func() error {
		if isTrue(v.cfg.WipeVolume) {
			if err := v.wipefs(ctx, v.alias); err != nil {
				return err
			}
		}
		for _, do := range []func(context.Context) error{v.format, v.openNew, v.bind, v.dropKey} {
			if err := do(ctx); err != nil {
				return err
			}
		}
		return v.settle(ctx, v.log, v.alias, "LUKS")
	})
}

// withKey has the key in a file while f runs, and notes it for the real root.
func (v *volume) withKey(ctx context.Context, f func() error) (err error) {
	file, err := os.CreateTemp("", "ignition-luks-")
	if err != nil {
		return fmt.Errorf("creating keyfile: %w", err)
	}
	name := file.Name()
	defer func() { err = errors.Join(err, os.Remove(name)) }()
	v.keyFile = name
	key, err := v.key(ctx, file)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	v.h.State.LuksPersistKeyFiles[v.cfg.Name] = dataURL(key)
	return f()
}

// ephemeralBytes are written as twice as many hexadecimal digits, since clevis does
// not take arbitrary bytes.
const ephemeralBytes = 4096

// key writes the key to the file and returns it.
func (v *volume) key(ctx context.Context, file *os.File) ([]byte, error) {
	if isTrue(v.cfg.Cex.Enabled) {
		v.keyFile = v.cexKeyFile()
		return os.ReadFile(v.keyFile)
	}
	var key bytes.Buffer
	if empty(v.cfg.KeyFile.Source) {
		random := make([]byte, ephemeralBytes)
		if _, err := rand.Read(random); err != nil {
			return nil, fmt.Errorf("generating keyfile: %w", err)
		}
		key.WriteString(hex.EncodeToString(random))
		v.ephemeral = true
		if err := file.Chmod(0o400); err != nil {
			return nil, fmt.Errorf("creating keyfile: %w", err)
		}
	} else {
		err := v.log.Op(fmt.Sprintf("writing file %q", v.keyFile), func(log *oplog.Logger) error {
			return v.h.Fetcher.Fetch(resource.ContextWithLog(ctx, log), v.cfg.KeyFile, &key)
		})
		if err != nil {
			return nil, fmt.Errorf("failed to create keyfile %q: %w", v.keyFile, err)
		}
	}
	if _, err := file.Write(key.Bytes()); err != nil {
		return nil, fmt.Errorf("creating keyfile: %w", err)
	}
	return key.Bytes(), nil
}

// dataURL is the form in which the state holds bytes.
func dataURL(b []byte) string {
	kind := strings.ReplaceAll(http.DetectContentType(b), "; ", ";")
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b)
}

func (v *volume) format(ctx context.Context) error {
	args := []string{"luksFormat", "--type", "luks2", "--key-file", v.keyFile}
	if !empty(v.cfg.Label) {
		args = append(args, "--label", *v.cfg.Label)
	}
	if !empty(v.cfg.UUID) {
		args = append(args, "--uuid", *v.cfg.UUID)
	}
	for _, o := range v.cfg.Options {
		args = append(args, string(o))
	}
	args = append(args, v.alias)
	if isTrue(v.cfg.Cex.Enabled) {
		more, err := v.generateSecureKey(ctx)
		if err != nil {
			return err
		}
		args = append(args, more...)
	}
	if _, err := v.log.Cmd(ctx, v.h.Run, fmt.Sprintf("creating %q", v.cfg.Name), run.Command("cryptsetup", args...)); err != nil {
		return fmt.Errorf("cryptsetup failed: %w", err)
	}
	if isTrue(v.cfg.Cex.Enabled) {
		return v.keepSecureKey(ctx)
	}
	return nil
}

// open stores its options in the header, since others that open the volume later
// cannot give them.
func (v *volume) open(ctx context.Context) error {
	args := []string{"luksOpen", v.alias, v.cfg.Name, "--key-file", v.keyFile, "--persistent"}
	if isTrue(v.cfg.Discard) {
		args = append(args, "--allow-discards")
	}
	for _, o := range v.cfg.OpenOptions {
		args = append(args, string(o))
	}
	_, err := v.log.Cmd(ctx, v.h.Run, fmt.Sprintf("opening luks device %v", v.cfg.Name), run.Command("cryptsetup", args...))
	return err
}

func (v *volume) openNew(ctx context.Context) error {
	if err := v.open(ctx); err != nil {
		return fmt.Errorf("opening luks device: %w", err)
	}
	return nil
}

// dropKey removes a key that was only needed for binding.
func (v *volume) dropKey(ctx context.Context) error {
	if !v.ephemeral || !hasClevis(&v.cfg.Clevis) {
		return nil
	}
	cmd := run.Command("cryptsetup", "luksRemoveKey", v.alias, v.keyFile)
	if _, err := v.log.Cmd(ctx, v.h.Run, fmt.Sprintf("removing key file for %v", v.cfg.Name), cmd); err != nil {
		return fmt.Errorf("removing key file from luks device: %w", err)
	}
	delete(v.h.State.LuksPersistKeyFiles, v.cfg.Name)
	return nil
}
