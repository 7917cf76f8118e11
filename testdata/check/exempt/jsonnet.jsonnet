apiVersion: v1
kind: Secret
metadata:
  name: db
stringData:
  password: hunter2
