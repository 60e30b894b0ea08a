package iso_test

import (
	"bytes"
	"fmt"
	"log"
	"os"

	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/installer/kargs"
)

func Example() {
	data, err := unpack("2023-07.x86_64") // a live ISO without its large files
	if err != nil {
		log.Fatal(err)
	}
	image, err := iso.New(bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := image.EmbedIgnition([]byte(`{"ignition":{"version":"3.4.0"}}`), false); err != nil {
		log.Fatal(err)
	}
	if err := image.ModifyKargs(&kargs.Edit{Append: []string{"console=ttyS0"}}); err != nil {
		log.Fatal(err)
	}
	text, err := image.Kargs()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(text)

	var changed bytes.Buffer // or a pipe
	if _, err := image.WriteTo(&changed); err != nil {
		log.Fatal(err)
	}
	fmt.Println(changed.Len() == len(data), bytes.Equal(changed.Bytes(), data))
	// Output:
	// mitigations=auto,nosmt coreos.liveiso=fedora-coreos-38.20230718.dev.0 ignition.firstboot ignition.platform.id=metal console=ttyS0
	// true false
}

func ExampleImage_Inspect() {
	data, err := unpack("2023-07.x86_64")
	if err != nil {
		log.Fatal(err)
	}
	image, err := iso.New(bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		log.Fatal(err)
	}
	report, err := image.Inspect()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Flavour, report.VolumeID, "customized:", report.Customized)
	fmt.Println("free for an initrd:", report.Initrd.Free, "for kernel arguments:", report.Kargs.Free)
	for _, file := range report.PXE {
		fmt.Println(file.Name, file.Size)
	}
	// Output:
	// coreos fedora-coreos-38.20230718.dev.0 customized: false
	// free for an initrd: 262144 for kernel arguments: 1023
	// initrd.img 12
	// rootfs.img 12
	// vmlinuz 11
}

func ExampleOpen() {
	_, err := iso.Open("/dev/null", &iso.Options{ReadOnly: true})
	fmt.Fprintln(os.Stdout, err)
	// Output: parsing ISO9660 image: getting volume descriptor #1: reading volume descriptor: failed to fill whole buffer
}
