package butane

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/report"
)

// checkReferenced checks the text of a config that is to be merged: it is at a path,
// in one of its fields. Paths of what is found are those of the config itself;
// positions become those of the nearest thing in the input.
func (f *findings) checkReferenced(d *dialect, text []byte, at, field report.Path) {
	_, rep, err := config.ParseVersion(text, config.Version(d.ignition))
	switch {
	case errors.Is(err, config.ErrEmpty):
		f.fail(nil, "unexpected end of JSON input")
		f.fail(field, config.ErrInvalid.Error())
		return
	case errors.Is(err, config.ErrUnknownVersion):
		if hasVersion(text) {
			f.warn(at.Append("version"), "skipping validation for the merge/replace ignition config due to an unkown version")
			return
		}
		rep = withoutVersion(text, d.ignition)
	case err != nil && len(rep.Entries) == 0:
		f.fail(field, err.Error())
		return
	}
	f.entries = append(f.entries, rep.Entries...)
	if len(rep.Entries) == 1 && !rep.Entries[0].HasPath {
		// What is wrong in its contents has a path: this is no config at all.
		f.fail(field, config.ErrInvalid.Error())
	}
}

// hasVersion reports whether a config names a version, of whatever number.
func hasVersion(text []byte) bool {
	var c struct {
		Ignition struct{ Version string }
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return false
	}
	_, err := canonicalVersion(c.Ignition.Version)
	return err == nil
}

const conflictsWithUnit = "path conflicts with systemd unit or dropin"

// withoutVersion is the report on a config that names no version, as one of the
// given version.
func withoutVersion(text []byte, version string) report.Report {
	var rep report.Report
	if fixed, err := setVersion(text, version); err == nil {
		_, rep, _ = config.ParseVersion(fixed, config.Version(version))
	}
	// The config as a whole is checked before its version.
	first := slices.IndexFunc(rep.Entries, func(e report.Entry) bool { return e.Message != conflictsWithUnit })
	if first < 0 {
		first = len(rep.Entries)
	}
	rep.Entries = slices.Insert(rep.Entries, first, report.Entry{
		Kind: report.Error, Message: config.ErrInvalidVersion.Error(), HasPath: true, Path: report.Path{"ignition", "version"}})
	return rep
}

func setVersion(text []byte, version string) ([]byte, error) {
	var c map[string]json.RawMessage
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, err
	}
	ignition := map[string]any{}
	if raw, found := c["ignition"]; found {
		if err := json.Unmarshal(raw, &ignition); err != nil {
			return nil, err
		}
	}
	if ignition == nil { // null
		ignition = map[string]any{}
	}
	ignition["version"] = version
	raw, err := json.Marshal(ignition)
	if err != nil {
		return nil, err
	}
	if c == nil {
		c = map[string]json.RawMessage{}
	}
	c["ignition"] = raw
	return json.Marshal(c)
}
