package disks

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/run"
)

// errBadFilesystem is what remains of a mismatch; the log has the details.
var errBadFilesystem = errors.New("filesystem is not of the correct type")

const (
	formatNone   = "none"
	formatVirtio = "virtiofs" // its device is a tag
)

// filesystems looks at all devices first and then makes file systems, several at a
// time. If one of them may not be made, none is.
func (s *stage) filesystems(ctx context.Context) error {
	var devices []device
	for i, f := range s.cfg.Storage.Filesystems {
		if text(f.Format) != formatVirtio {
			devices = append(devices, device{f.Device, entry("filesystems", i)})
		}
	}
	if len(devices) == 0 {
		return nil
	}
	if err := s.prepare(ctx, devices, "filesystems"); err != nil {
		return err
	}
	p := new(plan.Plan)
	if err := s.planFilesystems(ctx, p); err != nil {
		return err
	}
	return s.apply(ctx, p)
}

const filesystemsGroup = 1

func (s *stage) planFilesystems(_ context.Context, p *plan.Plan) error {
	var made []*types.Filesystem
	var devices []device
	var steps []plan.Step
	for i := range s.cfg.Storage.Filesystems {
		f := &s.cfg.Storage.Filesystems[i]
		if f.Format == nil || *f.Format == formatVirtio {
			continue
		}
		step := s.filesystemStep(i, f)
		step.Group = filesystemsGroup
		steps, made, devices = append(steps, step), append(made, f), append(devices, device{f.Device, step.Entry})
	}
	// Two entries that both keep what a device holds are no harm.
	twins := s.twins(devices)
	changed := make(map[int]bool)
	for i := range steps {
		changed[twins.first[i]] = changed[twins.first[i]] || steps[i].Verb != plan.Keep
	}
	for i, step := range steps {
		if err := twins.err(i); err != nil && changed[twins.first[i]] && step.Verb != plan.Fail {
			steps[i] = fail(step.Kind, step.Name, step.Entry, err)
		}
	}
	p.Add(steps...)
	if !s.h.DryRun {
		return nil
	}
	for i, f := range made { // all devices are waited for first, so none has a name of these
		if steps[i].Verb == plan.Format {
			if err := s.predictFilesystem(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// predictFilesystem notes the names that a new file system has, and that the device
// is empty then.
func (s *stage) predictFilesystem(f *types.Filesystem) error {
	names := []string{filepath.Clean(f.Device)}
	if !empty(f.Label) {
		names = append(names, s.h.Settings.DiskByLabelDir+"/"+udevName(*f.Label))
	}
	if !empty(f.UUID) {
		names = append(names, "/dev/disk/by-uuid/"+strings.ToLower(*f.UUID))
	}
	return s.predict(area{}, names...)
}

func (s *stage) filesystemStep(i int, f *types.Filesystem) plan.Step {
	step := plan.Step{Kind: "filesystem", Name: f.Device, Entry: entry("filesystems", i), Detail: describeFilesystem(f)}
	if *f.Format != formatNone && mkfs[*f.Format] == nil {
		return fail(step.Kind, step.Name, step.Entry, fmt.Errorf("unsupported filesystem format: %q", *f.Format))
	}
	found, err := s.determine(fmt.Sprintf("determining filesystem type of %q", f.Device), f.Device)
	if unknown(err) {
		step.Verb, step.Detail = plan.Run, err.Error()
		return step
	}
	if err != nil {
		return fail(step.Kind, step.Name, step.Entry, err)
	}
	s.log.Info("found %s filesystem at %q with uuid %q and label %q", found.Type, f.Device, found.UUID, found.Label)
	switch {
	case isTrue(f.WipeFilesystem):
	case matchesFilesystem(f, found.Signature):
		s.log.Info("filesystem at %q is already correctly formatted. Skipping mkfs...", f.Device)
		step.Verb = plan.Keep
		return step
	case found.Type != "":
		detail := fmt.Sprintf("filesystem at %q is not of the correct type, label, or UUID (found %s, %q, %s) and a filesystem wipe was not requested",
			f.Device, found.Type, found.Label, found.UUID)
		s.log.Err("%s", detail)
		step.Verb, step.Detail, step.Err = plan.Fail, detail, errBadFilesystem
		return step
	}
	step.Verb, step.Destroys = plan.Format, holds(found)
	if *f.Format == formatNone {
		step.Verb = plan.Delete
	}
	step.Do = func(ctx context.Context) error { return s.makeFilesystem(ctx, f) }
	return step
}

func describeFilesystem(f *types.Filesystem) string {
	words := []string{*f.Format}
	if !empty(f.Label) {
		words = append(words, "label "+quote(*f.Label))
	}
	if !empty(f.UUID) {
		words = append(words, "UUID "+*f.UUID)
	}
	return strings.Join(words, ", ")
}

// determine probes a device: several signatures are worth a warning, and the first
// one counts then.
func (s *stage) determine(what, device string) (*blockdev.Result, error) {
	var res *blockdev.Result
	probe := func(log *oplog.Logger) error {
		var err error
		if res, err = s.probe(device); err != nil {
			return err
		}
		if _, err := res.Safe(); err != nil {
			log.Warning("querying filesystem field %q of %q: %v", "TYPE", s.alias(device), err)
		}
		return nil
	}
	if s.h.DryRun { // a device that is not there yet is no failed operation
		err := probe(s.log)
		return res, err
	}
	err := s.log.Op(what, probe)
	return res, err
}

func matchesFilesystem(f *types.Filesystem, found blockdev.Signature) bool {
	want := *f.Format
	if want == formatNone {
		want = ""
	}
	return found.Type == want && (f.Label == nil || *f.Label == found.Label) &&
		(f.UUID == nil || canonicalUUID(want, *f.UUID) == canonicalUUID(found.Type, found.UUID))
}

// canonicalUUID is lower case; the number of a FAT file system has no dash, since
// mkfs.fat takes none.
func canonicalUUID(format, uuid string) string {
	uuid = strings.ToLower(uuid)
	if format == "vfat" && len(uuid) >= 5 && uuid[4] == '-' {
		uuid = uuid[:4] + uuid[5:]
	}
	return uuid
}

func (s *stage) makeFilesystem(ctx context.Context, f *types.Filesystem) error {
	alias := s.alias(f.Device)
	if err := s.wipefs(ctx, alias); err != nil {
		return err
	}
	if *f.Format == formatNone {
		return nil
	}
	what := fmt.Sprintf("creating %q filesystem on %q", *f.Format, alias)
	if _, err := s.log.Cmd(ctx, s.h.Run, what, mkfsCommand(f, alias)); err != nil {
		return fmt.Errorf("mkfs failed: %w", err)
	}
	return s.settle(ctx, s.log, alias, "formatting")
}

func (s *stage) wipefs(ctx context.Context, alias string) error {
	cmd := run.Command("wipefs", "-a", alias)
	if _, err := s.log.Cmd(ctx, s.h.Run, fmt.Sprintf("wiping filesystem signatures from %q", alias), cmd); err != nil {
		return fmt.Errorf("wipefs failed: %w", err)
	}
	return nil
}

// maker is how a program that makes file systems is told what. mkfs.fat has no
// option to be forced: it never asks.
type maker struct {
	program, force, uuid, label string
	uuidPrefix                  string
}

var mkfs = map[string]*maker{
	"btrfs": {program: "mkfs.btrfs", force: "--force", uuid: "-U", label: "-L"},
	"ext4":  {program: "mkfs.ext4", force: "-F", uuid: "-U", label: "-L"},
	"xfs":   {program: "mkfs.xfs", force: "-f", uuid: "-m", uuidPrefix: "uuid=", label: "-L"},
	"swap":  {program: "mkswap", force: "-f", uuid: "-U", label: "-L"},
	"vfat":  {program: "mkfs.fat", uuid: "-i", label: "-n"},
}

func mkfsCommand(f *types.Filesystem, alias string) run.Cmd {
	m := mkfs[*f.Format]
	var args []string
	for _, o := range f.Options {
		args = append(args, string(o))
	}
	if m.force != "" {
		args = append(args, m.force)
	}
	if f.UUID != nil {
		args = append(args, m.uuid, m.uuidPrefix+canonicalUUID(*f.Format, *f.UUID))
	}
	if f.Label != nil {
		args = append(args, m.label, *f.Label)
	}
	return run.Command(m.program, append(args, alias)...)
}
