// The validator says whether the JSON text on standard input is valid by the
// schema in the file that it is given: nothing and 0, or what is wrong and 1.
package main

import (
	"fmt"
	"io"
	"os"

	// Named for its version: its sources hold the schema of SARIF.
	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/xeipuuv/gojsonschema"
)

func main() {
	if err := validate(os.Args[1:], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func validate(arguments []string, input io.Reader) error {
	if len(arguments) != 1 {
		return fmt.Errorf("usage: validator SCHEMA < JSON")
	}
	schema, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	text, err := io.ReadAll(input)
	if err != nil {
		return err
	}
	result, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(schema), gojsonschema.NewBytesLoader(text))
	if err != nil {
		return err
	}
	for _, wrong := range result.Errors() {
		err = fmt.Errorf("%v\n%s", err, wrong)
	}
	return err
}
