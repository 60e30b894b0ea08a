package afterburn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
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
	d, err := e.drives.ByLabel(ctx, labelConfig, iso9660)
	if err != nil {
		d, err = e.drives.ByLabel(ctx, strings.ToUpper(labelConfig), iso9660)
	}
	if err != nil {
		return nil, err
	}
	return &cloudStackConfigDrive{configDrive{d, e}}, nil
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
	dir, err := root.Open(cloudStackMount)
	if err != nil {
		return nil
	}
	r, err := confine.FromFile(dir)
	if err != nil {
		dir.Close()
		return nil
	}
	return &mountedDrive{r, dir}
}

// mountedDrive is a drive at a mount point that is not ours. Links lead nowhere outside of it.
type mountedDrive struct {
	root *confine.Root
	dir  *os.File
}

// ReadFile implements [drive.Drive].
func (d *mountedDrive) ReadFile(name string, limit int64) ([]byte, error) {
	f, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, confine.ErrNotRegular
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("file is larger than %d bytes", limit)
	}
	return data, err
}

// Close implements [drive.Drive].
func (d *mountedDrive) Close() error {
	return errors.Join(d.root.Close(), d.dir.Close())
}
