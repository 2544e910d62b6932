/*
name: persistence
number: 17
title: Ways back in that somebody made
question: >-
  Who made users, keys, passwords, trusts or identity providers by which one can come back later,
  or took second factors away? A role that only a service of AWS may assume does not count, nor
  does a key that a user makes for itself.
columns:
  event_time: When
  what: What was made, in words
  outcome: Done, or the error
  account: The account
  target: For whom or what
  event_name: The action
  user_arn: Who made it
  access_key_id: With which access key
  source_ip_address: From where
  user_agent: With what
  event_id: The event
tags: [T1136.003, T1098.001, T1098.003, T1556.006, cis-4.4, persistence]
rules: [iam-policy-changes]
next:
  - {runbook: key-activity, params: {key: access_key_id}}
  - {runbook: actor-timeline, params: {actor: user_arn}}
  - {runbook: actor-timeline, params: {actor: target}}
*/
SELECT event_time,
    CASE event_name
        WHEN 'CreateUser' THEN 'a user'
        WHEN 'CreateAccessKey' THEN 'an access key for another user'
        WHEN 'CreateLoginProfile' THEN 'a password'
        WHEN 'UpdateLoginProfile' THEN 'a new password'
        WHEN 'CreateRole' THEN 'a role that people or accounts may assume'
        WHEN 'UpdateAssumeRolePolicy' THEN 'a new trust of a role'
        WHEN 'AddUserToGroup' THEN 'a membership'
        WHEN 'CreateSAMLProvider' THEN 'an identity provider'
        WHEN 'UpdateSAMLProvider' THEN 'a changed identity provider'
        WHEN 'CreateOpenIDConnectProvider' THEN 'an identity provider'
        WHEN 'AddClientIDToOpenIDConnectProvider' THEN 'a changed identity provider'
        WHEN 'CreateTrustAnchor' THEN 'a certificate authority that is trusted'
        WHEN 'CreateServiceSpecificCredential' THEN 'a password of a service'
        WHEN 'UploadSSHPublicKey' THEN 'an SSH key'
        WHEN 'UploadSigningCertificate' THEN 'a certificate'
        WHEN 'EnableMFADevice' THEN 'a second factor'
        WHEN 'DeactivateMFADevice' THEN 'a second factor taken away'
        WHEN 'DeleteVirtualMFADevice' THEN 'a second factor taken away' END AS what,
    coalesce(error_code, 'done') AS outcome, recipient_account_id AS account,
    coalesce(field('requestParameters.userName'), field('requestParameters.roleName'),
        field('requestParameters.name'), field('requestParameters.url'),
        field('requestParameters.serialNumber')) AS target,
    event_name, coalesce(user_arn, user_principal_id, user_invoked_by) AS user_arn,
    user_access_key_id AS access_key_id, source_ip_address, user_agent, event_id
FROM events
WHERE event_source IN ('iam.amazonaws.com', 'rolesanywhere.amazonaws.com')
    AND event_name IN ('CreateUser', 'CreateAccessKey', 'CreateLoginProfile', 'UpdateLoginProfile',
        'CreateRole', 'UpdateAssumeRolePolicy', 'AddUserToGroup', 'CreateSAMLProvider',
        'UpdateSAMLProvider', 'CreateOpenIDConnectProvider', 'AddClientIDToOpenIDConnectProvider',
        'CreateTrustAnchor', 'CreateServiceSpecificCredential', 'UploadSSHPublicKey',
        'UploadSigningCertificate', 'EnableMFADevice', 'DeactivateMFADevice', 'DeleteVirtualMFADevice')
    AND (event_name <> 'CreateAccessKey'
        OR coalesce(field('requestParameters.userName'), user_name) <> coalesce(user_name, ''))
    AND (event_name <> 'CreateRole'
        OR regexp_like(field('requestParameters.assumeRolePolicyDocument'), '"(AWS|Federated)"|"Principal"\s*:\s*"'))
ORDER BY event_time, event_id
