//! Seal Kubernetes Secrets for git, exactly as the Sealed Secrets controller opens them.
