package platform

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/platform/internal/ovf"
	"github.com/nestos-dev/nestos/internal/guestinfo"
)

// Variables of the host, and what deleted ones are set to: the host cannot delete a
// variable, and takes an empty value for none. The data are "{}" in base64.
const (
	vmwareOVF      = "ovfenv"
	vmwareData     = "ignition.config.data"
	vmwareEncoding = "ignition.config.data.encoding"

	deletedData     = "e30K"
	deletedEncoding = "base64"
)

// fetchVMware reads the config from variables, or else from the OVF environment.
func fetchVMware(_ context.Context, e *env) (Result, error) {
	if e.arch != "amd64" {
		return Result{}, guestinfo.ErrUnsupported
	}
	if here, err := e.vmware(); err != nil {
		return Result{}, err
	} else if !here {
		return Result{}, ErrNoProvider
	}
	data, encoding, err := e.vmwareConfig(guestinfo.Variables{RPC: e.rpc})
	if err != nil {
		e.log.Debug("failed to fetch config: %v", err)
		return Result{}, err
	}
	raw, err := guestinfo.Decode(data, encoding, MaxConfigSize)
	if err != nil {
		e.log.Debug("failed to decode config: %v", err)
		return Result{}, err
	}
	e.log.Debug("config successfully fetched")
	return Result{Raw: raw}, nil
}

// vmwareConfig returns a config and its encoding. Each variable has precedence over
// the OVF property of its name. That the OVF environment cannot be read is an error
// only if it could have decided.
func (e *env) vmwareConfig(v guestinfo.Variables) (data, encoding string, err error) {
	properties, ovfErr := e.ovfProperties(v)
	data, hasData, err := v.Get(vmwareData)
	if err != nil {
		return "", "", err
	}
	encoding, hasEncoding, err := v.Get(vmwareEncoding)
	if err != nil {
		return "", "", err
	}
	if !hasData && ovfErr != nil {
		return "", "", ovfErr
	}
	if !hasData {
		data = properties[guestinfo.Prefix+vmwareData]
	}
	if !hasEncoding {
		encoding = properties[guestinfo.Prefix+vmwareEncoding]
	}
	return data, encoding, nil
}

func (e *env) ovfProperties(v guestinfo.Variables) (map[string]string, error) {
	environment, _, err := v.Get(vmwareOVF)
	if err != nil {
		e.log.Warning("failed to fetch ovfenv: %v. Continuing...", err)
		return nil, fmt.Errorf("reading OVF environment: %w", err)
	}
	if environment == "" {
		return nil, nil
	}
	e.log.Debug("using OVF environment from guestinfo")
	properties, err := ovf.Properties([]byte(environment))
	if err != nil {
		e.log.Warning("failed to parse OVF environment: %v. Continuing...", err)
		return nil, fmt.Errorf("parsing OVF environment: %w", err)
	}
	return properties, nil
}

// removeVMware overwrites the variables and cuts the properties out of the OVF
// environment.
func removeVMware(_ context.Context, e *env) error {
	if e.arch != "amd64" {
		return guestinfo.ErrUnsupported
	}
	if here, err := e.vmware(); err != nil {
		return err
	} else if !here {
		return ErrNoProvider
	}
	v := guestinfo.Variables{RPC: e.rpc}
	if err := e.removeVariables(v); err != nil {
		return err
	}
	return e.removeProperties(v)
}

func (e *env) removeVariables(v guestinfo.Variables) error {
	data, ok, err := v.Get(vmwareData)
	if err != nil {
		return fmt.Errorf("getting config property: %w", err)
	}
	if !ok || data == deletedData {
		return nil
	}
	e.log.Info("deleting config from guestinfo properties")
	if err := v.Set(vmwareData, deletedData); err != nil {
		return fmt.Errorf("replacing config: %w", err)
	}
	encoding, _, err := v.Get(vmwareEncoding)
	if err != nil {
		return fmt.Errorf("getting config encoding property: %w", err)
	}
	if encoding == deletedEncoding {
		return nil
	}
	if err := v.Set(vmwareEncoding, deletedEncoding); err != nil {
		return fmt.Errorf("replacing config encoding: %w", err)
	}
	return nil
}

func (e *env) removeProperties(v guestinfo.Variables) error {
	environment, _, err := v.Get(vmwareOVF)
	if err != nil {
		return fmt.Errorf("reading OVF environment: %w", err)
	}
	if environment == "" {
		return nil
	}
	rest, removed, err := ovf.Remove([]byte(environment), guestinfo.Prefix+vmwareData, guestinfo.Prefix+vmwareEncoding)
	if err != nil {
		return fmt.Errorf("deleting OVF properties: %w", err)
	}
	if !removed {
		return nil
	}
	e.log.Info("deleting config from OVF environment")
	if err := v.Set(vmwareOVF, string(rest)); err != nil {
		return fmt.Errorf("replacing OVF environment: %w", err)
	}
	return nil
}
