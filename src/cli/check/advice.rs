//! What to do about a finding, in one sentence for each rule.

use crate::check::Rule;

/// The next step where a commit brought it, and a later one may have taken it away again.
pub(super) const IN_A_COMMIT: &str = "rewrite that commit (git rebase -i) before it is merged: one \
     that comes after it takes nothing out of the history; what was pushed is known, so change it too";

/// The next step.
pub(super) fn of(rule: Rule) -> &'static str {
    match rule {
        Rule::SealingKey => {
            "keep it out of git, in a backup; once pushed it opens every sealed value of the cluster, \
             so renew the key and change the values"
        }
        Rule::PlaintextSecret => {
            "`rseal check --fix --cert cert.pem` seals it in place; once pushed a value is known, so \
             change it too"
        }
        Rule::LeakedAnnotation => {
            "remove the annotation; once pushed the values in it are known, so change them"
        }
        Rule::PrivateKey => {
            "keep it out of git, or in a sealed Secret; once pushed it is known, so replace it"
        }
        Rule::SecretGenerator => {
            "seal the Secret that it makes, name the SealedSecret under resources instead, and keep \
             the files out of git"
        }
        Rule::Unreadable => "mend what cannot be parsed, so that it can be looked into",
        Rule::PlaceholderValue => {
            "if the value is real, seal it; ${NAME} is a placeholder that nobody can take for a value"
        }
        Rule::PlaintextTemplate => {
            "seal the value, and let the template take it in with {{ index . \"KEY\" }}"
        }
        Rule::SealedMalformed => {
            "seal the value again: `rseal --cert cert.pem --raw --namespace NAMESPACE --name NAME` \
             reads it from standard input"
        }
        Rule::SealedWrongKeySize => {
            "seal again with the controller's certificate: `rseal --fetch-cert > cert.pem` saves it"
        }
        Rule::SealedLabelMismatch => {
            "undo the change, or seal again: a value opens only under the name, namespace and scope \
             that it was sealed for"
        }
        Rule::SealedScopeConflict => "keep only the annotation under which the values were sealed",
        Rule::SealedCopied => "seal the Secret once for each name and namespace",
        Rule::SealedRelabelled => {
            "seal for the name and namespace that the kustomization sets, or with a wider --scope"
        }
        Rule::SealedDuplicate => "keep one of them",
        Rule::SealedEmpty => "seal the value that was meant, or remove the item",
        Rule::SealedDeprecatedData => {
            "seal the Secret again: encryptedData has each value by itself"
        }
        Rule::AllowWithoutReason => {
            "write the name of a rule and why it is allowed: # rseal:allow RULE REASON"
        }
        Rule::AllowUnused => {
            "a comment counts in the first line of what it allows or right above it, and one without use \
             would allow the next mistake"
        }
        Rule::ReferenceNearMiss => "correct the name, or add the Secret that it means",
    }
}
