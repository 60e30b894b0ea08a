package afterburn

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/afterburn/internal/drive"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
	"github.com/nestos-dev/nestos/internal/confine"
)

const (
	cloudStackMount = "media/ConfigDrive" // where the drive may be mounted already
	cloudStackDir   = "cloudstack/metadata"
)

// cloudStackConfigDrive is CloudStack with a drive, which has a file for each fact.
type cloudStackConfigDrive struct{ configDrive }

func newCloudStackConfigDrive(ctx context.Context, e *env) (Provider, error) {
	if d := mountedCloudStackDrive(e.root); d != nil {
		return &cloudStackConfigDrive{configDrive{d, e}}, nil
	}
	// Both labels are looked for before one is waited for.
	quick := *e.drives
	quick.SettleOnce = true
	var failed error
	for _, drives := range []*drive.Finder{&quick, e.drives} {
		for _, label := range []string{labelConfig, strings.ToUpper(labelConfig)} {
			d, err := drives.ByLabel(ctx, label, iso9660)
			if err == nil {
				return &cloudStackConfigDrive{configDrive{d, e}}, nil
			}
			failed = err
		}
	}
	return nil, failed
}

// cloudStackFacts are the attributes and the files that hold them.
var cloudStackFacts = []struct{ attribute, file string }{
	{"CLOUDSTACK_AVAILABILITY_ZONE", "availability_zone"},
	{"CLOUDSTACK_CLOUD_IDENTIFIER", "cloud_identifier"},
	{"CLOUDSTACK_INSTANCE_ID", "instance_id"},
	{"CLOUDSTACK_LOCAL_HOSTNAME", "local_hostname"},
	{"CLOUDSTACK_SERVICE_OFFERING", "service_offering"},
	{"CLOUDSTACK_VM_ID", "vm_id"},
}

// Attributes implements [AttributeSource]. The end of the line, with which some files end, is not part of the value;
// Afterburn 5.10 writes it to the file of attributes as an empty line.
func (p *cloudStackConfigDrive) Attributes(context.Context) (Attributes, error) {
	var attrs Attributes
	for _, f := range cloudStackFacts {
		text, err := p.readText(cloudStackDir+"/"+f.file+".txt", documentLimit)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		attrs.Add(f.attribute, strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"))
	}
	return attrs, nil
}

// SSHKeys implements [KeySource].
func (p *cloudStackConfigDrive) SSHKeys(context.Context) ([]sshkeys.Key, error) {
	data, err := p.read(cloudStackDir+"/public_keys.txt", documentLimit)
	if err != nil {
		return nil, err
	}
	var keys []sshkeys.Key
	if !utf8.Valid(data) {
		err = errNotUTF8
	} else {
		keys, err = sshkeys.ParseFile(string(data))
	}
	if err != nil {
		return nil, fmt.Errorf("failed to read public keys from config drive file: %w", err)
	}
	return keys, nil
}

// mountedCloudStackDrive returns the drive if it is mounted already, else nil.
func mountedCloudStackDrive(root *confine.Root) drive.Drive {
	if _, err := root.Stat(cloudStackMount + "/" + cloudStackDir); err != nil {
		return nil
	}
	d, err := drive.Mounted(root, cloudStackMount)
	if err != nil {
		return nil
	}
	return d
}
