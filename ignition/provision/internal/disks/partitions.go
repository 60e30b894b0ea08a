package disks

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/run"
)

// partitions does the disks one after the other.
func (s *stage) partitions(ctx context.Context) error {
	if len(s.cfg.Storage.Disks) == 0 {
		return nil
	}
	devices := s.diskDevices()
	if err := s.prepare(ctx, devices, "disks"); err != nil {
		return err
	}
	twins := s.twins(devices)
	for i, d := range devices {
		if err := twins.err(i); err != nil {
			return of(d.entry, err)
		}
	}
	for i := range s.cfg.Storage.Disks {
		d := s.disk(i)
		err := s.log.Op(fmt.Sprintf("partitioning %q", d.alias), func(log *oplog.Logger) error {
			d.log = log
			return of(d.entry, d.do(ctx))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) diskDevices() []device {
	var list []device
	for i, d := range s.cfg.Storage.Disks {
		list = append(list, device{d.Device, entry("disks", i)})
	}
	return list
}

func (s *stage) planPartitions(ctx context.Context, p *plan.Plan) error {
	twins := s.twins(s.diskDevices())
	for i := range s.cfg.Storage.Disks {
		d := s.disk(i)
		if err := twins.err(i); err != nil {
			p.Add(fail("partition table", d.cfg.Device, d.entry, err))
			continue
		}
		if err := d.dryRun(ctx, p); err != nil {
			return fmt.Errorf("partitioning %q: %w", d.cfg.Device, err)
		}
	}
	return nil
}

// disk is one disk at work.
type disk struct {
	stage
	cfg    *types.Disk
	entry  string
	alias  string
	node   string   // resolved
	active []string // partitions in use
	table  *blockdev.GPT
	had    bool // there was a table
}

func (s *stage) disk(i int) *disk {
	d := &disk{stage: *s, cfg: &s.cfg.Storage.Disks[i], entry: entry("disks", i)}
	d.alias = s.alias(d.cfg.Device)
	return d
}

func (d *disk) do(ctx context.Context) error {
	var err error
	if d.node, err = filepath.EvalSymlinks(d.alias); err != nil {
		return fmt.Errorf("failed to resolve %q: %w", d.alias, err)
	}
	if err := d.checkUse(); err != nil {
		return err
	}
	if isTrue(d.cfg.WipeTable) {
		if err := d.wipe(ctx); err != nil {
			return err
		}
	}
	if err := d.read(d.alias); err != nil {
		return err
	}
	p, changes, err := d.plan(ctx)
	if err != nil {
		return err
	}
	p.Add(plan.Step{Verb: plan.Run, Kind: "partition table", Name: d.cfg.Device, Entry: d.entry, Do: func(ctx context.Context) error {
		if err := d.settle(ctx, d.log, d.alias, "partitioning"); err != nil {
			return err
		}
		return d.verify(ctx, changes)
	}})
	return d.apply(ctx, p)
}

// dryRun plans from the table as it is now, or from an empty one.
func (d *disk) dryRun(ctx context.Context, p *plan.Plan) error {
	a, err := d.find(d.cfg.Device)
	if unknown(err) {
		p.Add(plan.Step{Verb: plan.Run, Kind: "partition table", Name: d.cfg.Device, Entry: d.entry, Detail: err.Error()})
		return nil
	}
	if err != nil {
		p.Add(fail("partition table", d.cfg.Device, d.entry, err))
		return nil
	}
	if d.node = a.path; a.path == "" || a.size != 0 {
		return d.unknownDisk(p)
	}
	if !d.image {
		if err := d.checkUse(); err != nil {
			p.Add(fail("partition table", d.cfg.Device, d.entry, err))
			return nil
		}
	}
	readErr := d.read(a.path)
	if isTrue(d.cfg.WipeTable) {
		p.Add(plan.Step{Verb: plan.Delete, Kind: "partition table", Name: d.cfg.Device, Entry: d.entry, Destroys: d.had || readErr != nil})
		if err := d.forget(a.path); err != nil {
			return err
		}
	} else if readErr != nil {
		p.Add(fail("partition table", d.cfg.Device, d.entry, readErr))
		return nil
	}
	steps, changes, err := d.plan(ctx)
	if err != nil {
		p.Add(fail("partition table", d.cfg.Device, d.entry, err))
		return nil
	}
	p.Add(steps.Steps...)
	return d.predictPartitions(a, changes)
}

// unknownDisk is a disk that an earlier step makes, an array for instance.
func (d *disk) unknownDisk(p *plan.Plan) error {
	for i, q := range d.cfg.Partitions {
		if !yes(q.ShouldExist) {
			continue
		}
		at := fmt.Sprintf("%s.partitions.%d", d.entry, i)
		p.Add(plan.Step{Verb: plan.Create, Kind: "partition", Name: text(q.Label), Detail: "on " + d.cfg.Device, Entry: at})
		made := blockdev.Partition{Number: q.Number, Name: text(q.Label), GUID: text(q.GUID)}
		if err := d.predict(area{}, partitionNames(d.cfg.Device, made)...); err != nil {
			return err
		}
	}
	return nil
}

// forget replaces the table by an empty one.
func (d *disk) forget(path string) error {
	dev, err := blockdev.Open(path)
	if err != nil {
		return err
	}
	defer dev.Close()
	d.table, d.had = blockdev.EmptyGPT(dev.Size, dev.SectorSize), false
	return nil
}

// wipe destroys the table. A damaged one makes the first attempt fail.
func (d *disk) wipe(ctx context.Context) error {
	d.log.Info("wiping partition table requested on %q", d.alias)
	args, what := []string{"--zap-all", d.alias}, fmt.Sprintf("deleting 0 partitions and creating 0 partitions on %q", d.alias)
	if d.sgdisk(ctx, args, what) == nil {
		return nil
	}
	d.log.Info("potential error encountered while wiping table... retrying")
	return d.sgdisk(ctx, args, what)
}

// read takes the table from a disk.
func (d *disk) read(path string) error {
	return d.log.Op(fmt.Sprintf("reading partition table of %q", d.alias), func(*oplog.Logger) error {
		dev, err := blockdev.Open(path)
		if err != nil {
			return err
		}
		defer dev.Close()
		d.table, err = dev.GPT()
		d.had = err == nil
		if errors.Is(err, blockdev.ErrNoTable) {
			d.table, err = blockdev.EmptyGPT(dev.Size, dev.SectorSize), nil
		}
		if err != nil {
			return fmt.Errorf("getting partition count of %q: %w", d.alias, err)
		}
		return nil
	})
}

// changes is what a run of sgdisk will do, and what must be seen afterwards.
type changes struct {
	sgdisk
	deleted, changed, added []int
	parts                   []wanted
}

// plan decides for each partition of the config. Failures are steps.
func (d *disk) plan(ctx context.Context) (*plan.Plan, *changes, error) {
	parts, err := d.resolve(ctx)
	if err != nil {
		return nil, nil, err
	}
	p, c := new(plan.Plan), &changes{parts: parts}
	for _, w := range parts {
		if !w.shouldExist() && remade(parts, w.Number) {
			continue
		}
		p.Add(d.decide(w, c))
	}
	if len(c.args(d.alias)) > 0 {
		p.Add(plan.Step{
			Verb: plan.Change, Kind: "partition table", Name: d.cfg.Device, Entry: d.entry,
			Detail: fmt.Sprintf("deleting %d partitions and creating %d partitions", len(c.deletions), len(c.creations)),
			Do:     func(ctx context.Context) error { return d.change(ctx, c) },
		})
	}
	return p, c, nil
}

// decide is the table of what happens to a partition: it says so in a step, and
// notes it in c.
func (d *disk) decide(w wanted, c *changes) plan.Step {
	q, exists := d.table.Partition(w.Number)
	step := plan.Step{
		Kind: "partition", Name: d.nodeName(w.Number), Entry: fmt.Sprintf("%s.partitions.%d", d.entry, w.index),
		Detail: d.describe(w),
	}
	wipe := isTrue(w.WipePartitionEntry)
	var mismatch error
	if exists {
		mismatch = w.matches(q)
	}
	switch {
	case !exists && !w.shouldExist():
		d.log.Info("partition %d specified as nonexistant and no partition was found. Success.", w.Number)
		step.Verb, step.Detail = plan.Keep, "does not exist"
	case !exists:
		step.Verb = plan.Create
		c.creations, c.added = append(c.creations, w), append(c.added, w.Number)
	case !w.shouldExist() && !wipe:
		return fail("partition", step.Name, step.Entry, fmt.Errorf("partition %d exists but is specified as nonexistant and wipePartitionEntry is false", w.Number))
	case !w.shouldExist():
		step.Verb, step.Destroys, step.Detail = plan.Delete, true, ""
		c.deletions, c.deleted = append(c.deletions, w.Number), append(c.deleted, w.Number)
	case mismatch == nil:
		d.log.Info("partition %d found with correct specifications", w.Number)
		step.Verb = plan.Keep
	case wipe:
		d.log.Info("partition %d did not meet specifications, wiping partition entry and recreating", w.Number)
		step.Verb, step.Destroys, step.Detail = plan.Change, true, mismatch.Error()
		c.replace(w)
	case isTrue(w.Resize) && w.matchesButSize(q) == nil:
		d.log.Info("resizing partition %d", w.Number)
		step.Verb, step.Detail = plan.Change, "resized: "+mismatch.Error()
		step.Destroys = value(w.size, q.Size) < q.Size
		w.GUID, w.TypeGUID, w.Label, w.start = &q.GUID, &q.Type, &q.Name, &q.Start
		c.replace(w)
	default:
		return fail("partition", step.Name, step.Entry, fmt.Errorf("partition %d didn't match: %w", w.Number, mismatch))
	}
	if step.Verb != plan.Keep && d.isActive(w.Number) {
		return fail("partition", step.Name, step.Entry, fmt.Errorf("refusing to modify active partition %d on %q", w.Number, d.alias))
	}
	return step
}

// nodeName is the partition's path for people to read.
func (d *disk) nodeName(number int) string {
	if d.image {
		return blockdev.PartitionPath(d.cfg.Device, number)
	}
	return d.machine.PartitionNode(d.node, number)
}

func (c *changes) replace(w wanted) {
	c.deletions, c.creations, c.changed = append(c.deletions, w.Number), append(c.creations, w), append(c.changed, w.Number)
}

func (d *disk) isActive(number int) bool {
	node := d.machine.PartitionNode(d.node, number)
	if target, err := filepath.EvalSymlinks(node); err == nil {
		node = target
	}
	return slices.Contains(d.active, node)
}

// describe says where a partition is and what it is called.
func (d *disk) describe(w wanted) string {
	var words []string
	if !empty(w.Label) {
		words = append(words, "label "+quote(*w.Label))
	}
	if start := value(w.start, 0); start != 0 {
		words = append(words, fmt.Sprintf("start %d", start))
	}
	if size := value(w.size, 0); size != 0 {
		words = append(words, fmt.Sprintf("size %d sectors of %d bytes", size, d.table.SectorSize))
	}
	return strings.Join(words, ", ")
}

// matches says what is different from what is wanted.
func (w *wanted) matches(q blockdev.Partition) error {
	if err := w.matchesButSize(q); err != nil {
		return err
	}
	if w.size != nil && *w.size != q.Size {
		return fmt.Errorf("size did not match (specified %d, got %d)", *w.size, q.Size)
	}
	return nil
}

func (w *wanted) matchesButSize(q blockdev.Partition) error {
	switch {
	case w.start != nil && *w.start != q.Start:
		return fmt.Errorf("starting sector did not match (specified %d, got %d)", *w.start, q.Start)
	case !empty(w.GUID) && !strings.EqualFold(*w.GUID, q.GUID):
		return fmt.Errorf("GUID did not match (specified %q, got %q)", *w.GUID, q.GUID)
	case !empty(w.TypeGUID) && !strings.EqualFold(*w.TypeGUID, q.Type):
		return fmt.Errorf("type GUID did not match (specified %q, got %q)", *w.TypeGUID, q.Type)
	case w.Label != nil && *w.Label != q.Name:
		return fmt.Errorf("label did not match (specified %q, got %q)", *w.Label, q.Name)
	}
	return nil
}

// change writes the table and tells the kernel. sgdisk itself can only make the
// kernel read the whole table anew, which fails when a partition is in use.
func (d *disk) change(ctx context.Context, c *changes) error {
	if err := d.commit(ctx, &c.sgdisk, d.alias); err != nil {
		return fmt.Errorf("commit failure: %w", err)
	}
	for _, u := range []struct {
		verb    string
		numbers []int
	}{{"delete", c.deleted}, {"update", c.changed}, {"add", c.added}} {
		for _, n := range u.numbers {
			d.log.Info("triggering partition %d %s on %q", n, u.verb, d.alias)
			d.tellKernel(ctx, run.Command("partx", "--"+u.verb, "--nr", strconv.Itoa(n), d.node))
		}
	}
	return ctx.Err()
}

// tellKernel runs partx. A failure is no error: the kernel may have seen the change
// already, and verify has the last word.
func (d *disk) tellKernel(ctx context.Context, cmd run.Cmd) {
	line := oplog.Line(cmd)
	d.log.Debug("executing: [%s]", line)
	res, err := d.h.Run.Run(ctx, cmd)
	switch n := oplog.Exit(err); {
	case err == nil:
	case n >= 0:
		d.log.Notice("exit status %d: Cmd: [%s] Stderr: %q", n, line, res.Stderr)
	default:
		d.log.Notice("%v: Cmd: [%s]", err, line)
	}
}

// predictPartitions notes the devices that will be there.
func (d *disk) predictPartitions(a area, c *changes) error {
	sector := int64(d.table.SectorSize)
	for _, w := range c.parts {
		if !slices.Contains(c.added, w.Number) && !slices.Contains(c.changed, w.Number) {
			continue
		}
		q := blockdev.Partition{Number: w.Number, Name: text(w.Label), GUID: text(w.GUID), Start: value(w.start, 0), Size: value(w.size, 0)}
		if old, ok := d.table.Partition(w.Number); ok && q.Name == "" && isTrue(w.Resize) {
			q.Name = old.Name
		}
		piece := area{path: a.path, off: q.Start * sector, size: q.Size * sector}
		if err := d.predict(piece, partitionNames(d.cfg.Device, q)...); err != nil {
			return err
		}
		if d.node != d.cfg.Device && !d.image {
			if err := d.predict(piece, d.machine.PartitionNode(d.node, w.Number)); err != nil {
				return err
			}
		}
	}
	return nil
}
