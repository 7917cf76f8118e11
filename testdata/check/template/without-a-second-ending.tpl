{{- define "app.secret" -}}
apiVersion: v1
kind: Secret
metadata: {name: a}
stringData:
  b: hunter2
{{- end -}}
