// The oracle answers what the Go libraries that kubectl and the API server are
// made of think of a text: an opinion independent of rseal's own YAML reader.
//
// It reads one JSON object a line, {"mode": MODE, "text": BASE64}, and answers
// with one JSON object a line, {"value": …} or {"error": "…"}. Modes:
//
//	yaml-to-json         the document as sigs.k8s.io/yaml turns it into JSON
//	yaml-to-json-strict  the same, duplicate keys refused
//	strict-secret        the first document as kubectl reads and sends it, then as an
//	                     API server decodes it with fieldValidation=Strict: a Secret
//	                     with stringData merged into data
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

type question struct {
	Mode string `json:"mode"`
	Text []byte `json:"text"`
}

type answer struct {
	Value any    `json:"value,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	if err := converse(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

func converse(questions io.Reader, answers io.Writer) error {
	in := bufio.NewReader(questions)
	out := json.NewEncoder(answers)
	out.SetEscapeHTML(false)
	for {
		line, readErr := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var q question
			if err := json.Unmarshal(line, &q); err != nil {
				return err
			}
			if err := out.Encode(reply(q)); err != nil {
				return err
			}
		}
		if readErr == io.EOF {
			return nil
		}
		if readErr != nil {
			return readErr
		}
	}
}

func reply(q question) (a answer) {
	// A panic of a library is an opinion too, and must not end the conversation.
	defer func() {
		if p := recover(); p != nil {
			a = answer{Error: fmt.Sprint("panic: ", p)}
		}
	}()
	value, err := consider(q)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Value: value}
}

func consider(q question) (any, error) {
	switch q.Mode {
	case "yaml-to-json":
		text, err := yaml.YAMLToJSON(q.Text)
		return json.RawMessage(text), err
	case "yaml-to-json-strict":
		text, err := yaml.YAMLToJSONStrict(q.Text)
		return json.RawMessage(text), err
	case "strict-secret":
		return strictSecret(q.Text)
	}
	return nil, fmt.Errorf("unknown mode %q", q.Mode)
}

func strictSecret(text []byte) (*v1.Secret, error) {
	sent, err := asSent(text)
	if err != nil {
		return nil, err
	}
	scheme := runtime.NewScheme()
	if err := v1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	server := serializer.NewSerializerWithOptions(serializer.DefaultMetaFactory, scheme, scheme, serializer.SerializerOptions{Strict: true})
	object, _, err := server.Decode(sent, nil, nil)
	if err != nil {
		return nil, err
	}
	secret, ok := object.(*v1.Secret)
	if !ok {
		return nil, fmt.Errorf("not a Secret but %T", object)
	}
	for key, value := range secret.StringData {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[key] = []byte(value)
	}
	secret.StringData = nil
	return secret, nil
}

// asSent gives the JSON that kubectl sends for the first document that holds something.
func asSent(text []byte) ([]byte, error) {
	documents := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		var document runtime.RawExtension
		if err := documents.Decode(&document); err != nil {
			if errors.Is(err, io.EOF) {
				return nil, errors.New("no document")
			}
			return nil, err
		}
		raw := bytes.TrimSpace(document.Raw)
		if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
			continue
		}
		object, _, err := unstructured.UnstructuredJSONScheme.Decode(raw, nil, nil)
		if err != nil {
			return nil, err
		}
		return runtime.Encode(unstructured.UnstructuredJSONScheme, object)
	}
}
