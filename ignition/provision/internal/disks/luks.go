package disks

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
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
	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/run"
)

// errBadVolume is what remains of a mismatch; the log has the details.
var errBadVolume = errors.New("volume is not of the correct type")

// luks does the encrypted volumes one after the other.
func (s *stage) luks(ctx context.Context) error {
	if len(s.cfg.Storage.Luks) == 0 {
		return nil
	}
	devices := s.luksDevices()
	if err := s.prepare(ctx, devices, "luks"); err != nil {
		return err
	}
	twins := s.twins(devices)
	for i, l := range s.cfg.Storage.Luks {
		if err := errors.Join(host.CheckLuksName(l.Name), twins.err(i)); err != nil {
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

func (s *stage) luksDevices() []device {
	var list []device
	for i, l := range s.cfg.Storage.Luks {
		list = append(list, device{text(l.Device), entry("luks", i)})
	}
	return list
}

// planLuks decides by signatures alone: whether a key opens a volume is not known.
func (s *stage) planLuks(_ context.Context, p *plan.Plan) error {
	twins := s.twins(s.luksDevices())
	var predictions []func() error
	for i := range s.cfg.Storage.Luks {
		v := s.volume(i)
		step := v.predictStep()
		if err := twins.err(i); err != nil {
			step = fail(step.Kind, step.Name, step.Entry, err)
		}
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
		predictions = append(predictions, func() error { return s.predict(made, names...) })
	}
	// All devices are waited for before the first volume is made.
	for _, predict := range predictions {
		if err := predict(); err != nil {
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
	secrets   []string
}

// minSecret is the size in bytes from which a key is kept out of the log: fewer would
// be found everywhere.
const minSecret = 4

// keySecrets are the forms in which a program may show a key: as it is, and without
// white space around it.
func keySecrets(key []byte) []string {
	var list []string
	for _, s := range []string{string(key), strings.TrimSpace(string(key))} {
		if len(s) >= minSecret && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// cmd runs a program that may see the key.
func (v *volume) cmd(ctx context.Context, what string, c run.Cmd, secrets ...string) error {
	_, err := v.log.Cmd(ctx, v.h.Run, what, c, append(secrets, v.secrets...)...)
	return err
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
	if isTrue(v.cfg.WipeVolume) {
		return v.step
	}
	header, err := v.header(v.device)
	switch {
	case errors.Is(err, blockdev.ErrNoLUKS) && found.Type == "":
		return v.step
	case errors.Is(err, blockdev.ErrNoLUKS):
		return v.bad("volume at %q is not of the correct type (found %s) and a volume wipe was not requested", v.device, found.Type)
	case err != nil:
		return fail("luks", v.step.Name, v.step.Entry, err)
	case header.Version != 2:
		return fail("luks", v.step.Name, v.step.Entry, v.notLuks2())
	}
	v.step.Destroys = false
	err = v.reusable()
	if err == nil && v.cfg.Label != nil {
		err = v.checkLabel(found.Label)
	}
	if err == nil && v.cfg.UUID != nil {
		err = v.checkUUID(header.UUID)
	}
	if err == nil {
		err = v.checkFlags(header.Flags)
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
	v.secrets = keySecrets(key)
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
	if err := v.cmd(ctx, fmt.Sprintf("creating %q", v.cfg.Name), run.Command("cryptsetup", args...)); err != nil {
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
	return v.cmd(ctx, fmt.Sprintf("opening luks device %v", v.cfg.Name), run.Command("cryptsetup", args...))
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
	if err := v.cmd(ctx, fmt.Sprintf("removing key file for %v", v.cfg.Name), cmd); err != nil {
		return fmt.Errorf("removing key file from luks device: %w", err)
	}
	delete(v.h.State.LuksPersistKeyFiles, v.cfg.Name)
	return nil
}
