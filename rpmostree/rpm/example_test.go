package rpm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

func Example() {
	p, err := rpm.Open("testdata/tiny-1-1.noarch.rpm")
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	fmt.Println(p.NEVRA())
	for _, d := range p.Header.Deps(rpm.Requires) {
		fmt.Println("needs", d)
	}
	// Output:
	// tiny-1-1.noarch
	// needs rpmlib(CompressedFileNames) <= 3.0.4-1
	// needs rpmlib(FileDigests) <= 4.6.0-1
	// needs rpmlib(PayloadFilesHavePrefix) <= 4.0-1
}

func ExamplePackage_Payload() {
	p, err := rpm.Open("testdata/tiny-1-1.noarch.rpm")
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	r, err := p.Payload(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			break // everything was there, with the right digests
		}
		if err != nil {
			log.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %o %q\n", e.File.Path, e.File.Mode, content)
	}
	// Output: /u/f 100644 "hi\n"
}

func ExampleVerify() {
	f, err := os.Open("testdata/tiny-1-1.noarch.rpm")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	report, err := rpm.Verify(context.Background(), f, nil)
	if err != nil {
		log.Fatal(err)
	}
	for i := range report.Items {
		fmt.Println(&report.Items[i])
	}
	fmt.Println(report.Summary())
	// Output:
	// Header SHA256 digest: OK
	// Header SHA1 digest: OK
	// Payload SHA256 digest: OK
	// MD5 digest: OK
	// digests OK
}

func ExampleHeader_Query() {
	p, err := rpm.Open("testdata/tiny-1-1.noarch.rpm")
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	text, err := p.Header.Query(`%{NAME}: %{SUMMARY}\n[%{FILENAMES} %{FILEMODES:perms} %{FILESIZES}\n]`)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(text)
	// Output:
	// tiny: T
	// /u/f -rw-r--r-- 3
}
