package engine

import (
	"encoding/json"
	"errors"
	"reflect"

	"github.com/nestos-dev/nestos/ignition/config/internal/jsontree"
	"github.com/nestos-dev/nestos/ignition/config/report"
	v3_0 "github.com/nestos-dev/nestos/ignition/config/v3_0/types"
	v3_1 "github.com/nestos-dev/nestos/ignition/config/v3_1/types"
	v3_2 "github.com/nestos-dev/nestos/ignition/config/v3_2/types"
	v3_3 "github.com/nestos-dev/nestos/ignition/config/v3_3/types"
	v3_4 "github.com/nestos-dev/nestos/ignition/config/v3_4/types"
	v3_5 "github.com/nestos-dev/nestos/ignition/config/v3_5/types"
	v3_6 "github.com/nestos-dev/nestos/ignition/config/v3_6/types"
	v3_7 "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// versionStub is what is read of a config to learn its version. Its shape is seen
// in error texts.
type versionStub struct {
	Ignition struct {
		Version string
	}
}

var stubSchema = schema[versionStub]{
	object("Ignition", V3_0, schema[struct{ Version string }]{
		str("Version", V3_0, func(v *struct{ Version string }) *string { return &v.Version }),
	}, func(v *versionStub) *struct{ Version string } { return &v.Ignition }),
}

// StubError is what encoding/json says to a config whose version cannot be read.
func StubError(raw []byte) report.Entry {
	return decodeError(raw, new(versionStub))
}

// DecodeError is what encoding/json says to a config that cannot be read as one
// of version v.
func DecodeError(raw []byte, v Version) report.Entry {
	return decodeError(raw, newConfig(v))
}

// newConfig is a pointer to an empty config of a version's own type.
func newConfig(v Version) any {
	switch v {
	case V3_0:
		return new(v3_0.Config)
	case V3_1:
		return new(v3_1.Config)
	case V3_2:
		return new(v3_2.Config)
	case V3_3:
		return new(v3_3.Config)
	case V3_4:
		return new(v3_4.Config)
	case V3_5:
		return new(v3_5.Config)
	case V3_6:
		return new(v3_6.Config)
	}
	return new(v3_7.Config)
}

func decodeError(raw []byte, into any) report.Entry {
	e := report.Entry{Kind: report.Error, Message: ErrDecode.Error()}
	err := json.Unmarshal(raw, into)
	if err == nil {
		// encoding/json takes less for wrong than we do; that must not happen.
		return e
	}
	e.Message = err.Error()
	offset := 0
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = int(syntax.Offset)
	case errors.As(err, &wrong):
		offset = int(wrong.Offset)
		if wrong.Type == reflect.TypeFor[versionStub]() && wrong.Field == "" {
			// Ignition has the type in another package.
			e.Message = "json: cannot unmarshal " + wrong.Value + " into Go value of type util.versionStub"
		}
	default:
		return e
	}
	text := string(raw)
	e.Pos.Known = true
	e.Pos.Line, e.Pos.Col = jsontree.LineCol(jsontree.Lines(text), len(text), offset)
	return e
}
