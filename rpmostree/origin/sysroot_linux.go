package origin

import "github.com/nestos-dev/nestos/ostree/sysroot"

// FromSysroot reads the origin of a deployment. A nil origin, of a deployment without one, is [ErrNoBase].
func FromSysroot(so *sysroot.Origin) (*Origin, error) {
	if so == nil {
		return nil, ErrNoBase
	}
	return Parse(so.Bytes())
}

// Sysroot returns the origin for a new deployment.
func (o *Origin) Sysroot() (*sysroot.Origin, error) {
	text, err := o.Bytes()
	if err != nil {
		return nil, err
	}
	return sysroot.ParseOrigin(text)
}
