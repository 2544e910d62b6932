WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    source_ip_address,
    user_agent,
    error_code,
    recipient_account_id,
    user_principal_id,
    user_arn,
    user_name,
    user_access_key_id,
    user_invoked_by,
    raw
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
)
SELECT
  event_time,
  CASE event_name
    WHEN 'CreateUser'
    THEN 'a user'
    WHEN 'CreateAccessKey'
    THEN 'an access key for another user'
    WHEN 'CreateLoginProfile'
    THEN 'a password'
    WHEN 'UpdateLoginProfile'
    THEN 'a new password'
    WHEN 'CreateRole'
    THEN 'a role that people or accounts may assume'
    WHEN 'UpdateAssumeRolePolicy'
    THEN 'a new trust of a role'
    WHEN 'AddUserToGroup'
    THEN 'a membership'
    WHEN 'CreateSAMLProvider'
    THEN 'an identity provider'
    WHEN 'UpdateSAMLProvider'
    THEN 'a changed identity provider'
    WHEN 'CreateOpenIDConnectProvider'
    THEN 'an identity provider'
    WHEN 'AddClientIDToOpenIDConnectProvider'
    THEN 'a changed identity provider'
    WHEN 'CreateTrustAnchor'
    THEN 'a certificate authority that is trusted'
    WHEN 'CreateServiceSpecificCredential'
    THEN 'a password of a service'
    WHEN 'UploadSSHPublicKey'
    THEN 'an SSH key'
    WHEN 'UploadSigningCertificate'
    THEN 'a certificate'
    WHEN 'EnableMFADevice'
    THEN 'a second factor'
    WHEN 'DeactivateMFADevice'
    THEN 'a second factor taken away'
    WHEN 'DeleteVirtualMFADevice'
    THEN 'a second factor taken away'
  END AS what,
  COALESCE(error_code, 'done') AS outcome,
  recipient_account_id AS account,
  COALESCE(
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.userName'),
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.roleName'),
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.name'),
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.url'),
    JSON_EXTRACT_SCALAR(raw, '$.requestParameters.serialNumber')
  ) AS target,
  event_name,
  COALESCE(user_arn, user_principal_id, user_invoked_by) AS user_arn,
  user_access_key_id AS access_key_id,
  source_ip_address,
  user_agent,
  event_id
FROM events
WHERE
  event_source IN ('iam.amazonaws.com', 'rolesanywhere.amazonaws.com')
  AND event_name IN (
    'CreateUser',
    'CreateAccessKey',
    'CreateLoginProfile',
    'UpdateLoginProfile',
    'CreateRole',
    'UpdateAssumeRolePolicy',
    'AddUserToGroup',
    'CreateSAMLProvider',
    'UpdateSAMLProvider',
    'CreateOpenIDConnectProvider',
    'AddClientIDToOpenIDConnectProvider',
    'CreateTrustAnchor',
    'CreateServiceSpecificCredential',
    'UploadSSHPublicKey',
    'UploadSigningCertificate',
    'EnableMFADevice',
    'DeactivateMFADevice',
    'DeleteVirtualMFADevice'
  )
  AND (
    event_name <> 'CreateAccessKey'
    OR COALESCE(JSON_EXTRACT_SCALAR(raw, '$.requestParameters.userName'), user_name) <> COALESCE(user_name, '')
  )
  AND (
    event_name <> 'CreateRole'
    OR REGEXP_LIKE(
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.assumeRolePolicyDocument'),
      '"(AWS|Federated)"|"Principal"\s*:\s*"'
    )
  )
ORDER BY
  event_time,
  event_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
