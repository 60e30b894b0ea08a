package schema_test

import (
	"encoding/json"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/schema"
)

func Example() {
	text, err := schema.JSON("3.5.0")
	if err != nil {
		fmt.Println(err)
		return
	}
	var document struct{ Title string }
	if err := json.Unmarshal(text, &document); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(document.Title)
	// Output: Ignition config 3.5.0
}
