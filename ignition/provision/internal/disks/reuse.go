package disks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/internal/run"
)

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
		err = v.notLuks2()
	}
	return false, err
}

func (v *volume) notLuks2() error {
	return fmt.Errorf("%v is a luks device but not luks2; Ignition cannot reuse it", v.device)
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
		if err := v.checkLabel(found.Label); err != nil {
			return err
		}
	}
	if v.cfg.UUID != nil {
		out, err := v.log.Try(ctx, v.h.Run, run.Command("cryptsetup", "luksUUID", v.alias))
		if err != nil {
			return err
		}
		if err := v.checkUUID(strings.TrimSpace(string(out))); err != nil {
			return err
		}
	}
	return v.checkDiscard(ctx)
}

func (v *volume) checkLabel(label string) error {
	if label != *v.cfg.Label {
		return fmt.Errorf("volume label %q doesn't match expected label %q", label, *v.cfg.Label)
	}
	return nil
}

func (v *volume) checkUUID(uuid string) error {
	if uuid != *v.cfg.UUID {
		return fmt.Errorf("volume UUID %q doesn't match expected UUID %q", uuid, *v.cfg.UUID)
	}
	return nil
}

func (v *volume) checkFlags(flags []string) error {
	if has := slices.Contains(flags, "allow-discards"); has != isTrue(v.cfg.Discard) {
		return fmt.Errorf("volume allow-discards flag %v doesn't match expected value %v", has, isTrue(v.cfg.Discard))
	}
	return nil
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
	return v.checkFlags(dump.Config.Flags)
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
