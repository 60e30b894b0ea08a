package rpmostree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/journal"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// The ids of the messages in the journal that tell of new deployments and, of ostree, of boots.
const (
	DeployMessageID = "9bddbda177cd44d891b1b561a8a0ce9e"
	BootMessageID   = "7170336a73ba4601bad31af888aa0df7"
)

// HistoryDir is where the descriptions of deployments are kept beyond the deployments' lives. The name of a file is
// the time of the deployment in seconds.
const HistoryDir = "/var/lib/rpm-ostree/history"

// noteDeployment records a new deployment. That it cannot is no reason to fail: the deployment is there.
func (s *System) noteDeployment(ctx context.Context, d *sysroot.Deployment) {
	if err := s.recordDeployment(ctx, d); err != nil {
		s.opts.Logger.Warn("history", "deployment", d.Name(), "error", err)
	}
}

// recordDeployment leaves a description of a new deployment of the running system, and tells the journal.
func (s *System) recordDeployment(ctx context.Context, d *sysroot.Deployment) error {
	if !s.IsBooted() || d == nil {
		return nil
	}
	info, err := s.Describe(ctx, d)
	if err != nil {
		return err
	}
	st, err := os.Stat(s.root.DeploymentPath(d))
	if err != nil {
		return err
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%s: no status", d.Name())
	}
	created := int64(sys.Ctim.Sec) // 32 bits wide on some processors
	if err := os.MkdirAll(HistoryDir, 0o755); err != nil {
		return err
	}
	file := filepath.Join(HistoryDir, strconv.FormatInt(created, 10))
	if err := atomicfile.WriteFile(file, info.Dict.Value().Bytes(), 0o644, nil); err != nil {
		return err
	}
	s.journalDeployment(info, sys, created)
	return nil
}

// journalDeployment tells the journal. A system without one has no history, which is no reason to fail.
func (s *System) journalDeployment(info *DeploymentInfo, st *syscall.Stat_t, created int64) {
	path := "/" + info.Deployment.Dir()
	fields := []journal.Field{
		{Name: "MESSAGE", Value: "Created new deployment " + path}, {Name: "MESSAGE_ID", Value: DeployMessageID}, {Name: "PRIORITY", Value: "6"},
		{Name: "SYSLOG_IDENTIFIER", Value: "rpm-ostree"},
		{Name: "DEPLOYMENT_PATH", Value: path}, {Name: "DEPLOYMENT_TIMESTAMP", Value: fmt.Sprint(created)},
		{Name: "DEPLOYMENT_DEVICE", Value: fmt.Sprint(st.Dev)}, {Name: "DEPLOYMENT_INODE", Value: fmt.Sprint(st.Ino)},
		{Name: "DEPLOYMENT_CHECKSUM", Value: info.Text("checksum")}, {Name: "DEPLOYMENT_REFSPEC", Value: info.Name()},
	}
	for _, f := range []journal.Field{
		{Name: "DEPLOYMENT_VERSION", Value: info.Text("version")}, {Name: "COMMAND_LINE", Value: s.opts.CommandLine},
		{Name: "AGENT", Value: s.opts.Agent}, {Name: "AGENT_SD_UNIT", Value: s.opts.AgentUnit},
	} {
		if f.Value != "" {
			fields = append(fields, f)
		}
	}
	if err := journal.Send("", fields...); err != nil {
		s.opts.Logger.Debug("no journal", "error", err)
	}
}

// PruneHistory deletes the descriptions of deployments below dir that are older than the oldest that the journal
// still tells of, in seconds, and whatever else lies there.
func PruneHistory(dir string, oldest uint64) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if t, err := strconv.ParseUint(e.Name(), 10, 64); err == nil && e.Type().IsRegular() && t >= oldest {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
